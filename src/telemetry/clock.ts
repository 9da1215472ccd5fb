import { performance } from 'node:perf_hooks';

/** Taken now: tests of an application may replace the global clock, and our times must go on. */
const monotonicNow = performance.now.bind(performance);

/** A monotonic time in milliseconds, to be compared with other results of this function only. */
export function now(): number {
  return monotonicNow();
}

/** As a constant: the getter costs half of what `performance.now()` does. */
const { timeOrigin } = performance;

/** Past this the wall clock was set (or the machine slept), in milliseconds. `Date.now()` itself is up to 1 ms behind. */
const TOLERATED_DRIFT = 2;

let drift = 0;

/**
 * The wall-clock time, in epoch milliseconds with a fraction, of a time that {@link now} has just returned. It follows the
 * wall clock, so that our spans stay inside their parents in a process that runs for weeks.
 */
export function epochMillis(monotonic: number): number {
  const off = Date.now() - (timeOrigin + monotonic + drift);
  if (Math.abs(off) > TOLERATED_DRIFT && Number.isFinite(off)) drift += off;
  return timeOrigin + monotonic + drift;
}
