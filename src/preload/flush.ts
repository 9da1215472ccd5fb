import { isMainThread } from 'node:worker_threads';
import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';

/** How long the end of the process may wait for the last export, in milliseconds. */
const LONGEST_FLUSH = 2000;

/** Hands over what is left when the process ends, and lets it end as it would have ended without us. */
export function flushAtEnd(shutdown: () => Promise<void>): void {
  let done: Promise<boolean> | undefined;
  const flush = () => (done ??= bounded(shutdown));
  process.once('beforeExit', () => {
    void flush().then((inTime) => {
      if (!inTime) releaseProcess();
    });
  });
  if (!isMainThread) return;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) endBySignal(signal, flush);
}

function endBySignal(signal: NodeJS.Signals, flush: () => Promise<boolean>): void {
  let asked = false;
  const end = () => {
    process.removeListener(signal, handle);
    process.kill(process.pid, signal);
  };
  const handle = () => {
    const alone = process.listenerCount(signal) === 1;
    // The application has a handler of its own, and it ends the process when it likes.
    if (!alone) return void flush();
    // Who asks a second time does not want to wait.
    if (asked) return end();
    asked = true;
    void flush().then(end);
  };
  process.on(signal, handle);
}

/**
 * The application had come to its end when the flush began. An exporter whose receiver does not answer goes on trying for
 * ten seconds, and nothing but the end of the process stops it.
 */
function releaseProcess(): void {
  // Somebody else may have begun something at the same moment.
  if (process.listenerCount('beforeExit') === 0) process.exit();
}

/** @returns whether it came to its end in time */
function bounded(shutdown: () => Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LONGEST_FLUSH, false);
    shutdown()
      .catch((error: unknown) => {
        diag.error(`${SCOPE_NAME}: the last export failed`, error);
      })
      .finally(() => {
        clearTimeout(timer);
        resolve(true);
      });
  });
}
