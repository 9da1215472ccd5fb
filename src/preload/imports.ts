import { createRequire } from 'node:module';
import * as api from '@opentelemetry/api';

/** The part of a copy of the API that deals with tracers. */
export type TraceApi = Pick<typeof api, 'ProxyTracer' | 'ProxyTracerProvider' | 'trace'>;

const API = '@opentelemetry/api';

const imported = new Set<string>();
let heard: ((copy: TraceApi) => void) | undefined;

/** An ES module of the application imports a package that there is; called for OpenTelemetry's own. */
export function noteImport(specifier: string): void {
  imported.add(specifier);
  if (specifier !== API || heard === undefined) return;
  const hear = heard;
  // To load the copy imports the API once more.
  heard = undefined;
  const copy = copyOfModules();
  if (copy !== undefined) hear(copy);
}

/** Whether an ES module has imported a package: the cache of modules that are required does not tell of it. */
export function isImported(specifier: string): boolean {
  return imported.has(specifier);
}

/**
 * Calls back once, when an ES module imports the API for the first time and gets another copy than ours, before that copy
 * is used; undefined: nobody is to be called any more.
 */
export function onApiImport(hear: ((copy: TraceApi) => void) | undefined): void {
  heard = hear;
}

/** The copy of the API that ES modules get; undefined: it is ours, as before API 1.10, or this version of Node can't require it. */
function copyOfModules(): TraceApi | undefined {
  const require = createRequire(__filename);
  if (!require.resolve(API).endsWith('.cjs')) return undefined;
  try {
    const copy = require('./es-module-api.mjs') as TraceApi;
    return copy.trace === api.trace ? undefined : copy;
  } catch {
    return undefined;
  }
}
