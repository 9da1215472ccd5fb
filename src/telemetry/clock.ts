import { performance } from 'node:perf_hooks';
import type { HrTime } from '@opentelemetry/api';

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

/** For so long the wall clock is not looked at again, in milliseconds: each reading leaves the engine's own code. */
const TRUSTED_FOR = 1;

let drift = 0;
let looked = -Infinity;

/**
 * The wall-clock time, in epoch milliseconds with a fraction, of a time that {@link now} has returned. It follows the wall
 * clock, so that our spans stay inside their parents in a process that runs for weeks.
 */
export function epochMillis(monotonic: number): number {
  if (Math.abs(monotonic - looked) >= TRUSTED_FOR) {
    looked = monotonic;
    if (Math.abs(Date.now() - (timeOrigin + monotonic + drift)) > TOLERATED_DRIFT) followWallClock();
  }
  return timeOrigin + monotonic + drift;
}

/** Seconds and nanoseconds, rounded as the SDK does; it takes some 400 ns for a time in milliseconds. */
export function hrTime(epochMilliseconds: number): HrTime {
  return [Math.trunc(epochMilliseconds / 1000), Math.round((epochMilliseconds % 1000) * 1e6)];
}

/** By readings of its own: since that time the thread may have been put aside, or an SDK have started. */
function followWallClock(): void {
  const monotonic = monotonicNow();
  const off = Date.now() - (timeOrigin + monotonic + drift);
  // It may have been put aside here as well; the next operation tries again.
  if (monotonicNow() - monotonic > TOLERATED_DRIFT / 2) return;
  if (Math.abs(off) > TOLERATED_DRIFT && Number.isFinite(off)) drift += off;
}
