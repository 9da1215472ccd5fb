import { isMainThread } from 'node:worker_threads';

/** Those by which processes are told to end. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What is to be done when a signal tells the process to end. */
export interface EndWork {
  /** At once, also where the application handles the signal and goes on; the end waits for it. */
  readonly begin?: () => Promise<unknown>;
  /** Right before the process ends by the signal. */
  readonly last?: () => void;
}

const works = new Set<EndWork>();
let stopListening: (() => void) | undefined;

/**
 * Has something done before a signal ends the process, which ends as it would have ended without us. In worker threads, which get
 * no signals, it does nothing.
 * @returns takes it back
 */
export function beforeSignalledEnd(work: EndWork): () => void {
  if (!isMainThread) return () => undefined;
  works.add(work);
  stopListening ??= listen();
  return () => {
    works.delete(work);
    if (works.size > 0) return;
    stopListening?.();
    stopListening = undefined;
  };
}

function listen(): () => void {
  const stops = SIGNALS.map(watch);
  return () => {
    for (const stop of stops) stop();
  };
}

/** One listener of ours per signal: more would count as the application's. */
function watch(signal: NodeJS.Signals): () => void {
  let ending = false;
  const stop = () => {
    process.removeListener(signal, handle);
  };
  const end = () => {
    for (const { last } of works) last?.();
    stop();
    process.kill(process.pid, signal);
  };
  const handle = (_name: NodeJS.Signals, number?: number) => {
    const begun = Promise.all([...works].flatMap(({ begin }) => begin?.() ?? []));
    // The application has emitted the event itself: that ends nothing.
    if (number === undefined) return;
    if (process.listenerCount(signal) > 1 + signalExitListeners()) return;
    // Who asks a second time does not want to wait.
    if (ending) end();
    ending = true;
    void begun.then(end);
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
