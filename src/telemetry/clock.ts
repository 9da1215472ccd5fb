import { performance } from 'node:perf_hooks';

/** A monotonic time in milliseconds, to be compared with other results of this function only. */
export function now(): number {
  return performance.now();
}

/** Past this the wall clock was set (or the machine slept), in milliseconds. `Date.now()` itself is up to 1 ms behind. */
const TOLERATED_DRIFT = 2;

let drift = 0;

/**
 * The wall-clock time, in epoch milliseconds with a fraction, of a time that {@link now} returned. It follows the wall
 * clock, so that our spans stay inside their parents in a process that runs for weeks.
 */
export function epochMillis(monotonic: number): number {
  const off = Date.now() - (performance.timeOrigin + performance.now() + drift);
  if (Math.abs(off) > TOLERATED_DRIFT) drift += off;
  return performance.timeOrigin + monotonic + drift;
}
