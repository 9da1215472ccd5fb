// How many series a process has in Prometheus: what a fleet has to reckon with.

import { DURATION_BOUNDS, SIZE_BOUNDS } from '../src/telemetry/histogram';

/** What the number of series depends on, of one process. */
export interface Shape {
  /** Caches: servers, databases of them, in-process caches. */
  readonly caches: number;
  /** Key patterns per cache; more than `maxKeyPatterns` are one more, `other`. */
  readonly patterns: number;
  /** Of these, patterns that are written without a TTL. */
  readonly immortal: number;
  /** Different commands per cache, such as GET, SET, DEL, each of them another operation on the cache. */
  readonly commands: number;
  /** Of these, commands that move values. */
  readonly sized: number;
}

/** Buckets up to each bound and beyond the last, the sum and the count. */
const histogram = (bounds: readonly number[]): number => bounds.length + 3;

export const PER_DURATION = histogram(DURATION_BOUNDS);
export const PER_SIZE = histogram(SIZE_BOUNDS);
/** Hits, misses and repeated misses. */
export const PER_PATTERN = 3;

/** Idle, used, limit, pending, timeouts, and how long connections were waited for and used. */
export const PER_POOL = 5 + 2 * PER_DURATION;

/** The series of a process without errors and pools. */
export function seriesOf({ caches, patterns, immortal, commands, sized }: Shape): number {
  // Of each cache: the hit rate, and how long it took to connect.
  const perCache = 1 + PER_DURATION;
  const perCommand = 1 + PER_DURATION;
  return caches * (PER_PATTERN * patterns + immortal + perCommand * commands + PER_SIZE * sized + perCache);
}
