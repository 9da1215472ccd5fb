import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import { flushAtEnd } from './flush';
import { metricReaders } from './metric-readers';

const SDK = '@opentelemetry/sdk-node';

/** The parts of `@opentelemetry/sdk-node` that are used: of whichever version the application has. */
interface SdkNode {
  NodeSDK: new (configuration: Record<string, unknown>) => { start(): void; shutdown(): Promise<void> };
  /** Since 0.20x; starts from `OTEL_CONFIG_FILE` too. */
  startNodeSDK?: () => { shutdown(): Promise<void> };
}

/** Where the SDK is installed: beside this package, or where the application would find it. */
export function resolveSdk(): string | undefined {
  const main = process.argv[1];
  const folders = [__dirname, ...(main === undefined ? [] : [dirname(main)]), process.cwd()];
  for (const folder of folders) {
    try {
      return createRequire(join(folder, 'from.js')).resolve(SDK);
    } catch {
      // Not from here.
    }
  }
  return undefined;
}

/** Starts the SDK as the standard `OTEL_*` variables say, and flushes it when the process ends. */
export function startSdk(path: string): void {
  try {
    const require = createRequire(path);
    const { NodeSDK, startNodeSDK } = require(path) as SdkNode;
    if (process.env['OTEL_CONFIG_FILE'] && startNodeSDK !== undefined) {
      const { shutdown } = startNodeSDK();
      return flushAtEnd(shutdown);
    }
    const readers = metricReaders(require);
    // Before 0.20x there was one reader only.
    const metrics = readers === undefined ? {} : { metricReaders: readers, metricReader: readers[0] };
    const sdk = new NodeSDK(metrics);
    sdk.start();
    flushAtEnd(() => sdk.shutdown());
  } catch (error) {
    diag.error(`${SCOPE_NAME}: the OpenTelemetry SDK could not be started`, error);
  }
}
