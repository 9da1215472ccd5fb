// How many series a process has in Prometheus: what a fleet has to reckon with.

import { DURATION_BOUNDS, OPERATION_BOUNDS, SIZE_BOUNDS } from '../src/telemetry/histogram';

/** Buckets up to each bound and beyond the last, the sum and the count. */
const histogram = (bounds: readonly number[]): number => bounds.length + 3;

export const PER_DURATION = histogram(DURATION_BOUNDS);
export const PER_SIZE = histogram(SIZE_BOUNDS);
/** Hits, misses and repeated misses. */
export const PER_PATTERN = 3;
/** Hits and misses, once more where a level of a cache answers. */
export const PER_LEVEL = 2;
/** How many, and how long they took. */
export const PER_COMMAND = 1 + PER_DURATION;
export const PER_APP_OPERATION = 1 + histogram(OPERATION_BOUNDS);
/** The hit rate, and how long it took to connect. */
export const PER_REMOTE_CACHE = 1 + PER_DURATION;
/** The hit rate, calls that joined a load, and how long loads took. */
export const PER_APP_CACHE = 2 + PER_DURATION;
/** Hits, misses, the hit rate and entries. */
export const PER_IN_PROCESS_CACHE = 4;

/** Idle, used, limit, pending, timeouts, and how long connections were waited for and used. */
export const PER_POOL = 5 + 2 * PER_DURATION;

/** What the number of series depends on, of one process and its caches of one kind. */
export interface Shape {
  /** Servers and databases of them; app-level caches; places where in-process caches are made. */
  readonly caches: number;
  /** Key patterns per cache; more than `maxKeyPatterns` are one more, `other`. */
  readonly patterns: number;
  /** Of these, patterns that are written without a TTL. */
  readonly immortal: number;
  /** Different operations per cache, such as GET, SET, DEL. */
  readonly operations: number;
  /** Of these, operations whose values are bytes. */
  readonly sized: number;
}

/** Without errors and pools. */
export const remoteSeries = ({ caches, patterns, immortal, operations, sized }: Shape): number =>
  caches * (PER_PATTERN * patterns + immortal + PER_COMMAND * operations + PER_SIZE * sized + PER_REMOTE_CACHE);

/**
 * Without errors, and without the remote caches that they keep their values in.
 * @param levels of each cache; 0 where it has one store
 */
export const appLevelSeries = ({ caches, patterns, immortal, operations, sized }: Shape, levels: number): number =>
  caches *
  ((PER_PATTERN + PER_LEVEL * levels) * patterns +
    immortal +
    PER_APP_OPERATION * operations +
    PER_SIZE * sized +
    PER_APP_CACHE);

/**
 * Of caches in the memory of the process, whose keys nobody looks at.
 * @param extras evictions by reason (2), `cache.estimated_size`, and writes without TTL, as far as there are any
 */
export const inProcessSeries = ({ caches, operations }: Pick<Shape, 'caches' | 'operations'>, extras: number): number =>
  caches * (operations + PER_IN_PROCESS_CACHE + extras);
