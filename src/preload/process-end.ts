import { isMainThread } from 'node:worker_threads';
import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import type { OwnSdk } from './sdk';

/** How long the end of the process may wait for the last export, in milliseconds. */
const LONGEST_FLUSH = 2000;

/** Node's exit code where the application waits at its top level for what never comes. */
const UNSETTLED = 13;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Hands over what is left when the process ends, and lets it end as it would have ended without us.
 * @param provide gives our SDK; undefined: there is none of ours, and this must not interfere
 * @returns stops watching
 */
export function watchEnd(provide: () => OwnSdk | undefined): () => void {
  const stops = [watchLoop(provide)];
  if (isMainThread) stops.push(...SIGNALS.map((signal) => watchSignal(signal, provide)));
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

function watchSignal(signal: NodeJS.Signals, provide: () => OwnSdk | undefined): () => void {
  let ending = false;
  const stop = () => {
    process.removeListener(signal, handle);
  };
  const end = () => {
    stop();
    process.kill(process.pid, signal);
  };
  const handle = () => {
    const sdk = provide();
    // Not `shutdown`: an application that goes on, be it only to end its work, is to be observed until it ends.
    const flushed = sdk === undefined ? Promise.resolve(true) : within(LONGEST_FLUSH, sdk.forceFlush());
    if (process.listenerCount(signal) > 1 + signalExitListeners()) return;
    // Who asks a second time does not want to wait.
    if (ending) end();
    ending = true;
    void flushed.then(end);
  };
  // First, because a handler of the application that is to run once is not counted any more when it has run.
  process.prependListener(signal, handle);
  return stop;
}

/**
 * The package signal-exit listens for signals, but leaves the end to whoever listens too: it must not count as a handler of
 * the application's, or neither would end the process.
 */
function signalExitListeners(): number {
  const state = globalThis.process as unknown as Record<PropertyKey, { count?: number } | undefined>;
  const version3 = state['__signal_exit_emitter__'];
  const version4 = (globalThis as unknown as typeof state)[Symbol.for('signal-exit emitter')];
  return (version3?.count ?? 0) + (version4?.count ?? 0);
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
