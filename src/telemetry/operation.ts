import type { Context } from '@opentelemetry/api';
import type { Cache, PatternRow } from './cache';
import type { Client } from './client';
import type { Outcome } from './command';
import { now } from './clock';
import type { Series } from './statistics';

/** What few operations have. */
class Peculiarities {
  deletedCount = -1;
  waiting = false;
  queueTime = -1;
  procedure: string | undefined = undefined;
  level: string | undefined = undefined;
  coalesced = false;
  held = true;
  mixed = false;
  repeatedMiss = false;
}

const NO_PECULIARITIES: Readonly<Peculiarities> = Object.freeze(new Peculiarities());

/**
 * One operation from the call to the answer: a plain record until it settles. What its call read and wrote is counted
 * as it is learnt, and kept here for the span. Each field takes some 2 ns of every operation: what few have is apart.
 */
export class Operation implements Outcome {
  settled = false;
  hits = 0;
  misses = 0;
  /** Bytes; -1: no value was read or written. */
  valueSize = -1;
  /** Seconds; -1: none. */
  ttl = -1;
  /** What the client last sent it on, for {@link Client.peer}. */
  connection: object | undefined = undefined;
  /** The row of its keys, where they share one. */
  row: PatternRow | undefined = undefined;
  private own: Peculiarities | undefined = undefined;

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
    this.row = undefined;
    this.own = undefined;
  }

  private get known(): Readonly<Peculiarities> {
    return this.own ?? NO_PECULIARITIES;
  }

  private get noted(): Peculiarities {
    return (this.own ??= new Peculiarities());
  }

  /** -1: nothing that deletes. */
  get deletedCount(): number {
    return this.known.deletedCount;
  }

  /** Seconds that it waited for a connection; -1: it did not. */
  get queueTime(): number {
    return this.known.queueTime;
  }

  /** The name of the script or function that it runs, where only the adapter knows it. */
  get procedure(): string | undefined {
    return this.known.procedure;
  }

  set procedure(name: string | undefined) {
    if (name !== this.procedure) this.noted.procedure = name;
  }

  /** The level that answered it, where that is one in front of the server: nothing was sent. */
  get level(): string | undefined {
    return this.known.level;
  }

  set level(level: string | undefined) {
    this.noted.level = level;
  }

  /** It got the answer to another one that was in flight: nothing was sent. */
  get coalesced(): boolean {
    return this.known.coalesced;
  }

  joined(): void {
    this.noted.coalesced = true;
  }

  /** Its keys count as those of a cache (`cachePrefixes`). */
  get held(): boolean {
    return this.known.held;
  }

  /** Its keys are none of a cache's. */
  leaveOut(): void {
    this.noted.held = false;
  }

  /** Its keys have different rows. */
  get mixed(): boolean {
    return this.known.mixed;
  }

  /** It missed a key that had been missed before and was not written since; told only with `insights`. */
  get repeatedMiss(): boolean {
    return this.known.repeatedMiss;
  }

  /** Adds what another has done to the same batch. */
  absorb(member: Operation): void {
    this.hits += member.hits;
    this.misses += member.misses;
    if (member.valueSize >= 0) this.valueSize = Math.max(0, this.valueSize) + member.valueSize;
    if (member.row !== undefined) this.note(member.row);
    if (member.own !== undefined) this.absorbPeculiar(member.own);
  }

  private absorbPeculiar({ deletedCount, mixed, repeatedMiss }: Peculiarities): void {
    if (deletedCount >= 0) this.deleted(deletedCount);
    if (repeatedMiss) this.noted.repeatedMiss = true;
    if (mixed) this.mix();
  }

  lookup(key: unknown, hit: boolean): boolean {
    const { cache } = this.series.route;
    const row = cache.rowOf(key);
    this.note(row);
    if (!cache.holds(key)) return false;
    if (hit) this.hit(key, row, cache);
    else this.missed(key, row, cache);
    return true;
  }

  lookUpEach(answers: readonly unknown[], sizeOf: (answer: unknown) => number): void {
    const { args, offset } = this;
    const { cache } = this.series.route;
    const isPlain = cache.onlyCounts && this.level === undefined;
    let last: PatternRow | undefined;
    let hits = 0;
    let bytes = 0;
    for (let i = 0; i < answers.length; i++) {
      const key = args[offset + i];
      const size = sizeOf(answers[i]);
      if (size < 0) {
        if (size === -1) this.lookup(key, false);
      } else if (isPlain) {
        const row = cache.rowOf(key);
        if (row !== last) this.note((last = row));
        row.hits++;
        hits++;
        bytes += size;
      } else if (this.lookup(key, true)) this.sized(size);
    }
    if (hits === 0) return;
    this.hits += hits;
    this.sized(bytes);
  }

  private hit(key: unknown, row: PatternRow, cache: Cache): void {
    cache.atLevel(row, this.level).hits++;
    this.hits++;
    cache.detail?.lookedUp(row, key, true);
  }

  private missed(key: unknown, row: PatternRow, cache: Cache): void {
    this.misses++;
    cache.detail?.lookedUp(row, key, false, this.coalesced);
    // Who waits for the answer to another makes no stampede.
    if (this.coalesced) row.misses++;
    else if (cache.countMiss(row, key) && cache.tellsInsights) this.noted.repeatedMiss = true;
  }

  wrote(key: unknown, ttl: number | undefined): boolean {
    const { cache } = this.series.route;
    const row = cache.rowOf(key);
    this.note(row);
    if (!cache.holds(key)) return false;
    cache.countWrite(row, key, ttl);
    cache.detail?.wrote(row, key, ttl);
    return true;
  }

  sized(bytes: number): void {
    this.valueSize = this.valueSize < 0 ? bytes : this.valueSize + bytes;
    if (this.series.count !== undefined) this.series.route.cache.detail?.sized(bytes);
  }

  expires(seconds: number): void {
    this.ttl = seconds;
  }

  deleted(count: number): void {
    this.noted.deletedCount = Math.max(0, this.deletedCount) + count;
  }

  /** Notes the row of one of its keys. */
  note(row: PatternRow): void {
    if (this.row === row) return;
    if (this.row === undefined && !this.mixed) this.row = row;
    else this.mix();
  }

  private mix(): void {
    this.row = undefined;
    this.noted.mixed = true;
  }

  /** The client keeps it until there is a connection. */
  waits(): void {
    this.noted.waiting = true;
  }

  /**
   * It was written to a connection.
   * @param time as the clock's {@link now} tells it
   */
  sent(connection: object, time?: number): void {
    this.connection = connection;
    const { own } = this;
    if (own?.waiting !== true) return;
    own.waiting = false;
    own.queueTime = ((time ?? now()) - this.startTime) / 1000;
  }
}
