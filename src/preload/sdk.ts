import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { say } from '../say';
import { SCOPE_NAME } from '../semconv';
import type { FinishedSpans } from '../telemetry/finished-spans';
import { askDirectly, ownContextManager } from './context-manager';
import { metricReaders } from './metric-readers';
import { flushRegisteredSdk } from './registered-sdk';
import { batchedSpans } from './span-processors';

const SDK = '@opentelemetry/sdk-node';

/** The parts of `@opentelemetry/sdk-node` that are used: of whichever version the application has. */
interface SdkNode {
  NodeSDK: new (configuration: Record<string, unknown>) => { start(): void; shutdown(): Promise<void> };
  /** Starts from `OTEL_CONFIG_FILE` too. */
  startNodeSDK?: StartNodeSdk;
  /** Its name since 0.300; the other one is deprecated there. */
  startNodeSdk?: StartNodeSdk;
}

type StartNodeSdk = () => { shutdown(): Promise<void> };

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

/** An SDK that we started. */
export interface OwnSdk {
  forceFlush(): Promise<unknown>;
  shutdown(): Promise<void>;
  /** Where spans that have ended may be handed over; undefined: the SDK has to make them. */
  readonly spans?: FinishedSpans | undefined;
}

/** Starts the SDK as the standard `OTEL_*` variables say. */
export function startSdk(path: string): OwnSdk | undefined {
  try {
    const require = createRequire(path);
    const { NodeSDK, startNodeSDK, startNodeSdk = startNodeSDK } = require(path) as SdkNode;
    if (process.env['OTEL_CONFIG_FILE'] && startNodeSdk !== undefined) {
      return { forceFlush: flushRegisteredSdk, shutdown: startNodeSdk().shutdown };
    }
    const readers = metricReaders(require);
    const batched = batchedSpans(require);
    const contextManager = ownContextManager(require);
    const sdk = new NodeSDK({
      // Before 0.200 there was one reader only.
      ...(readers === undefined ? {} : { metricReaders: readers, metricReader: readers[0] }),
      ...(batched === undefined ? {} : { spanProcessors: [batched.processor] }),
      ...(contextManager === undefined ? {} : { contextManager }),
    });
    sdk.start();
    askDirectly(contextManager);
    return { forceFlush: flushRegisteredSdk, shutdown: () => sdk.shutdown(), spans: batched?.spans };
  } catch (error) {
    say(`${SCOPE_NAME}: the OpenTelemetry SDK could not be started, so nothing is exported: ${String(error)}`);
    return undefined;
  }
}
