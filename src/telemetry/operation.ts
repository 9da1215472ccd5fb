import type { Context } from '@opentelemetry/api';
import type { Cache, PatternRow } from './cache';
import type { Client } from './client';
import type { Outcome } from './command';
import { now } from './clock';
import type { Series } from './statistics';

/**
 * One operation from the call to the answer: a plain record until it settles. What its call read and wrote is counted
 * as it is learnt, and kept here for the span.
 */
export class Operation implements Outcome {
  settled = false;
  hits = 0;
  misses = 0;
  /** Bytes; -1: no value was read or written. */
  valueSize = -1;
  /** Seconds; -1: none. */
  ttl = -1;
  /** -1: nothing that deletes. */
  deletedCount = -1;
  private waiting = false;
  /** Seconds that it waited for a connection; -1: it did not. */
  queueTime = -1;
  /** What the client last sent it on, for {@link Client.peer}. */
  connection: object | undefined = undefined;
  /** The name of the script or function that it runs, where only the adapter knows it. */
  procedure: string | undefined = undefined;
  /** The level that answered it, where that is one in front of the server: nothing was sent. */
  level: string | undefined = undefined;
  /** Its keys count as those of a cache (`cachePrefixes`). */
  held = true;
  /** The row of its keys, where they share one. */
  row: PatternRow | undefined = undefined;
  /** Its keys have different rows. */
  mixed = false;
  /** It missed a key that had been missed before and was not written since; told only with `insights`. */
  repeatedMiss = false;

  constructor(
    readonly client: Client,
    public series: Series,
    public args: ArrayLike<unknown>,
    public offset: number,
    readonly context: Context,
    /** Whether it may become a span, as far as its parent decides that. */
    readonly traced: boolean,
    /** As {@link now} tells it. */
    readonly startTime: number,
  ) {}

  /** Becomes another operation of the same client that has done nothing yet. */
  reuse(series: Series, args: ArrayLike<unknown>, offset: number): void {
    this.series = series;
    this.args = args;
    this.offset = offset;
    this.hits = 0;
    this.misses = 0;
    this.valueSize = -1;
    this.ttl = -1;
    this.deletedCount = -1;
    this.held = true;
    this.row = undefined;
    this.mixed = false;
    this.repeatedMiss = false;
  }

  lookup(key: unknown, hit: boolean): void {
    const { cache } = this.series.route;
    if (!cache.holds(key)) return;
    const row = cache.rowOf(key);
    this.note(row);
    if (!hit) return this.missed(key, row, cache);
    cache.atLevel(row, this.level).hits++;
    this.hits++;
    cache.detail?.lookedUp(row, key, true);
  }

  lookUpEach(answers: readonly unknown[], sizeOf: (answer: unknown) => number): void {
    const { args, offset } = this;
    const { cache } = this.series.route;
    const isPlain = !cache.isSelective && cache.detail === undefined && this.level === undefined;
    let last: PatternRow | undefined;
    let hits = 0;
    let bytes = 0;
    for (let i = 0; i < answers.length; i++) {
      const key = args[offset + i];
      const size = sizeOf(answers[i]);
      if (size === -1) this.lookup(key, false);
      else if (size < 0) continue;
      else if (isPlain) {
        const row = cache.rowOf(key);
        if (row !== last) this.note((last = row));
        row.hits++;
        hits++;
        bytes += size;
      } else {
        this.lookup(key, true);
        this.sized(size);
      }
    }
    if (hits === 0) return;
    this.hits += hits;
    this.sized(bytes);
  }

  private missed(key: unknown, row: PatternRow, cache: Cache): void {
    row.misses++;
    this.misses++;
    cache.detail?.lookedUp(row, key, false);
    if (!cache.missedKeys.add(key, row.common)) return;
    row.repeatedMisses++;
    this.repeatedMiss = cache.tellsInsights;
  }

  wrote(key: unknown, ttl: number | undefined): void {
    const { cache } = this.series.route;
    if (!cache.holds(key)) return;
    const row = cache.rowOf(key);
    this.note(row);
    if (ttl === undefined) row.writesWithoutTtl++;
    cache.missedKeys.remove(key, row.common);
    cache.detail?.wrote(row, key, ttl);
  }

  sized(bytes: number): void {
    this.valueSize = this.valueSize < 0 ? bytes : this.valueSize + bytes;
    if (this.series.count !== undefined) this.series.route.cache.detail?.sized(bytes);
  }

  expires(seconds: number): void {
    this.ttl = seconds;
  }

  deleted(count: number): void {
    this.deletedCount = this.deletedCount < 0 ? count : this.deletedCount + count;
  }

  /** Notes the row of one of its keys. */
  note(row: PatternRow): void {
    if (this.row === row) return;
    if (this.row === undefined && !this.mixed) this.row = row;
    else {
      this.row = undefined;
      this.mixed = true;
    }
  }

  /** The client keeps it until there is a connection. */
  waits(): void {
    this.waiting = true;
  }

  /**
   * It was written to a connection.
   * @param time as the clock's {@link now} tells it
   */
  sent(connection: object, time?: number): void {
    this.connection = connection;
    if (!this.waiting) return;
    this.waiting = false;
    this.queueTime = ((time ?? now()) - this.startTime) / 1000;
  }
}
