import { LogHistogram } from './log-histogram';
import { Timeline, type TimeScale } from './timeline';

/** So many misses of one key at once are a herd: single-flight code lets one through, a handful of processes a handful. */
export const HERD_SIZE = 10;

/**
 * Values above this are large, in bytes: a bucket's bound of `cache.value_size`. At 1 Gbit/s one takes as long as a round trip,
 * and a server with one thread answers nobody else meanwhile.
 */
export const LARGE_VALUE = 65_536;

const TEN_YEARS = 3.2e8;

/** Latencies in milliseconds. */
export const newLatencies = (): LogHistogram => new LogHistogram(0.01, 60_000);

/** What is recorded of a key pattern only while somebody wants a report: some 16 kB. */
export class PatternDetail {
  /** Operations that count for this pattern. */
  operations = 0;
  writes = 0;
  writesWithoutTtl = 0;
  /** Keys, or fields, that were deleted. */
  deletes = 0;
  errors = 0;
  /** The most misses of one key at once. */
  largestHerd = 0;
  /** How often {@link HERD_SIZE} was reached. */
  herds = 0;
  /** Misses in those herds. */
  herdMisses = 0;
  /** Misses of keys whose TTL had run out. */
  expiredMisses = 0;
  largeValues = 0;
  /** Milliseconds. */
  readonly latencies = newLatencies();
  /** Bytes of single values. */
  readonly sizes = new LogHistogram(1, 2 ** 30);
  /** Seconds. */
  readonly ttls = new LogHistogram(0.1, TEN_YEARS);
  readonly timeline: Timeline;

  constructor(scale: TimeScale) {
    this.timeline = new Timeline(scale);
  }

  missedAtOnce(misses: number): void {
    if (misses > this.largestHerd) this.largestHerd = misses;
    if (misses < HERD_SIZE) return;
    if (misses === HERD_SIZE) this.herds++;
    this.herdMisses += misses === HERD_SIZE ? HERD_SIZE : 1;
  }

  sized(bytes: number): void {
    this.sizes.record(bytes);
    if (bytes > LARGE_VALUE) this.largeValues++;
  }
}
