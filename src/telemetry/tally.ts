import type { Cache } from './cache';
import type { Outcome } from './command';
import type { Series } from './statistics';

/** Counts what commands have read and written, and keeps nothing of it: for those of which neither a span nor a report tells. */
export class Tally implements Outcome {
  args: ArrayLike<unknown>;
  offset: number;
  /** Bytes; -1: no value was read or written. */
  valueSize = -1;
  private cache: Cache;

  constructor({ series, args, offset }: Counted) {
    this.args = args;
    this.offset = offset;
    this.cache = series.route.cache;
  }

  /** Goes on to another command. */
  next({ series, args, offset }: Counted): void {
    this.args = args;
    this.offset = offset;
    this.valueSize = -1;
    this.cache = series.route.cache;
  }

  lookup(key: unknown, hit: boolean): true {
    const { cache } = this;
    const row = cache.rowOf(key);
    if (hit) row.hits++;
    else cache.countMiss(row, key);
    return true;
  }

  lookUpEach(answers: readonly unknown[], sizeOf: (answer: unknown) => number): void {
    const { cache, args, offset } = this;
    let bytes = -1;
    for (let i = 0; i < answers.length; i++) {
      const size = sizeOf(answers[i]);
      if (size < 0) {
        if (size === -1) this.lookup(args[offset + i], false);
        continue;
      }
      cache.rowOf(args[offset + i]).hits++;
      bytes = bytes < 0 ? size : bytes + size;
    }
    if (bytes >= 0) this.sized(bytes);
  }

  wrote(key: unknown, ttl: number | undefined): true {
    this.cache.countWrite(this.cache.rowOf(key), key, ttl);
    return true;
  }

  sized(bytes: number): void {
    this.valueSize = this.valueSize < 0 ? bytes : this.valueSize + bytes;
  }

  expires(): void {}

  deleted(): void {}
}

/** A command that is counted. */
interface Counted {
  readonly series: Series;
  readonly args: ArrayLike<unknown>;
  readonly offset: number;
}
