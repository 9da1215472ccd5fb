import * as workers from 'node:worker_threads';
import { diag } from '@opentelemetry/api';
import { DIAGNOSE, resolveSettings } from '../config';
import { currentTelemetry } from '../current';
import { CacheInstrumentation } from '../instrumentation';
import { SCOPE_NAME } from '../semconv';
import { diagnose } from './diagnose';
import { hookImports } from './esm-hooks';
import { provideSdk } from './sdk-provision';
import { variable } from './variables';
import { say } from '../say';

const LOADED = Symbol.for(`${SCOPE_NAME}.preloaded`);

/** Observes this process, once. Nothing of it throws into the application. */
export function preload(): void {
  const process = globalThis as { [LOADED]?: boolean };
  if (process[LOADED] === true || isLoaderThread() || isDisabled()) return;
  process[LOADED] = true;
  try {
    // First, so that a bad variable is told where it can be seen: no diagnostics logger is registered yet.
    if (!resolveSettings({}, globalThis.process.env, say).enabled) return;
    new CacheInstrumentation();
    hookEsModules();
    provideSdk(currentTelemetry());
    if (isDiagnosisWanted()) diagnose();
  } catch (error) {
    diag.error(`${SCOPE_NAME}: the preload failed; the application is not observed`, error);
  }
}

/** What is required is seen without them: they need a thread on some versions of Node, which its permissions may refuse. */
function hookEsModules(): void {
  try {
    hookImports();
  } catch (error) {
    say(`${SCOPE_NAME}: ES modules are not observed: ${String(error)}`);
  }
}

/** Preloads run in the thread of module loaders too; no application lives there. */
function isLoaderThread(): boolean {
  const { isInternalThread } = workers as { isInternalThread?: boolean };
  return isInternalThread ?? (!workers.isMainThread && workers.parentPort === null);
}

function isDiagnosisWanted(): boolean {
  const value = variable(DIAGNOSE, '');
  if (!/^(true|false|)$/i.test(value)) {
    say(
      `${SCOPE_NAME}: ${DIAGNOSE} is '${value}', which is not accepted: it takes \`true\` or \`false\`. The default is used.`,
    );
  }
  return value.toLowerCase() === 'true';
}

function isDisabled(): boolean {
  return variable('OTEL_SDK_DISABLED', '').toLowerCase() === 'true';
}
