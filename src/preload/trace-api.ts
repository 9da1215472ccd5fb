import { createRequire } from 'node:module';
import * as api from '@opentelemetry/api';
import { isEsModule } from './es-modules';

/** The part of a copy of the API that deals with tracers. */
export type TraceApi = Pick<typeof api, 'ProxyTracer' | 'ProxyTracerProvider' | 'trace'>;

/**
 * The copies of the API that an application may get its tracers from: ours, and where it consists of ES modules that which these
 * import. Each hands out proxies of its own until there is an SDK, and only those of the copy by which an SDK is registered hear of it.
 */
export function traceApis(): readonly TraceApi[] {
  const require = createRequire(__filename);
  const hasAnother = require.resolve('@opentelemetry/api').endsWith('.cjs');
  const main = process.argv[1];
  if (!hasAnother || main === undefined || !isEsModule(main)) return [api];
  try {
    return [api, require('./es-module-api.mjs') as TraceApi];
  } catch {
    // This version of Node can't require ES modules.
    return [api];
  }
}
