import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import { beforeSignalledEnd } from '../signals';
import type { OwnSdk } from './sdk';

/** How long the end of the process may wait for the last export, in milliseconds. */
const LONGEST_FLUSH = 2000;

/** Node's exit code where the application waits at its top level for what never comes. */
const UNSETTLED = 13;

/**
 * Hands over what is left when the process ends, and lets it end as it would have ended without us.
 * @param provide gives our SDK; undefined: there is none of ours, and this must not interfere
 * @returns stops watching
 */
export function watchEnd(provide: () => OwnSdk | undefined): () => void {
  const stops = [watchLoop(provide), beforeSignalledEnd({ begin: () => flush(provide) })];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The process ends by itself when nothing is left to be done. */
function watchLoop(provide: () => OwnSdk | undefined): () => void {
  const handle = () => {
    const sdk = provide();
    if (sdk === undefined) return;
    const idle = activeResources();
    setImmediate(() => {
      // The application's own handlers have begun something more: this comes again.
      if (activeResources() > idle) return;
      // The export keeps the process alive, so the event will be emitted again; the application must not hear it twice.
      process.removeAllListeners('beforeExit');
      void within(LONGEST_FLUSH, sdk.shutdown()).then((inTime) => {
        // An exporter whose receiver does not answer goes on trying; only the end of the process stops it.
        if (!inTime) process.exit(process.exitCode ?? (isMainUnsettled() ? UNSETTLED : undefined));
      });
    });
  };
  // First, so that what is active then is what is always active.
  process.prependListener('beforeExit', handle);
  return () => {
    process.removeListener('beforeExit', handle);
  };
}

/** Node's own listener sets that code when the process ends by itself; `process.exit` takes it away. */
function isMainUnsettled(): boolean {
  return process.listeners('exit').some(({ name }) => name === 'handleProcessExit');
}

function activeResources(): number {
  // These count from the first time that they are got: then a handler that prints would seem to have begun something.
  for (const stream of ['stdout', 'stderr']) Reflect.get(process, stream);
  return process.getActiveResourcesInfo().length;
}

/** Not `shutdown`: an application that goes on, be it only to end its work, is to be observed until it ends. */
async function flush(provide: () => OwnSdk | undefined): Promise<void> {
  const sdk = provide();
  if (sdk !== undefined) await within(LONGEST_FLUSH, sdk.forceFlush());
}

/** @returns whether it came to its end in time */
function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, false);
    work
      .catch((error: unknown) => {
        diag.error(`${SCOPE_NAME}: the last export failed`, error);
      })
      .finally(() => {
        clearTimeout(timer);
        resolve(true);
      });
  });
}
