import type { Attributes, Context } from '@opentelemetry/api';
import type { Settings } from '../../config';
import type { PatternRow } from '../cache';
import type { Failure } from '../errors';
import { noAttributes } from '../span-attributes';
import type { AppCache, AppSeries } from './app-cache';
import type { AppLevel } from './app-level';
import { describeEnd, describeStart, keysOf } from './describe';
import { enter, OPERATION } from './enclosing';
import { LinkedContext } from './linked-context';
import type { Step } from './steps';
import type { Work, WorkSpan } from './work';

/** One operation on an app-level cache, from the call to its end. None of its methods throws what it did not get from a callee. */
export class AppOperation implements Work {
  settled = false;
  /** It has begun a load that goes on when its caller has the answer: what the store does for that is still a part of it. */
  goesOn = false;
  hits = 0;
  misses = 0;
  /** Bytes; -1: no serialised value was at hand. */
  valueSize = -1;
  /** Seconds; -1: none. */
  ttl = -1;
  /** Keys that were removed; -1: nothing that deletes. */
  deletedCount = -1;
  /** The level that answered. */
  hitLevel: string | undefined = undefined;
  private hitLevels: Map<unknown, string> | undefined = undefined;
  /** It joined a load in flight. */
  coalesced = false;
  /** What failed while the operation went on without it. */
  survived: unknown = undefined;
  /** What it failed with, or a part of it. */
  failure: Failure | undefined = undefined;
  /** It missed a key that had been missed before and was not written since; told only with `insights`. */
  repeatedMiss = false;
  /** @internal Whether its key had been missed and not written when it wrote that; undefined: it did not. */
  wroteMissed: boolean | undefined = undefined;
  /** The row of its keys, where they share one. */
  row: PatternRow | undefined = undefined;
  private mixed = false;
  private around: Context | undefined = undefined;
  private inside: Context | undefined = undefined;

  constructor(
    private readonly owner: AppLevel,
    readonly series: AppSeries,
    /** One, a list of them, or undefined where it is about all. */
    readonly key: unknown,
    readonly context: Context,
    /** The operation that this one is a part of: lookups count there. */
    readonly outer: AppOperation | undefined,
    /** As the clock's `now` tells it. */
    readonly startTime: number,
  ) {}

  /** Undefined: it makes no span. */
  span: WorkSpan | undefined = undefined;

  /** @internal */
  get spanName(): string {
    return this.series.spanName;
  }

  /** @internal */
  get parent(): Context {
    return this.context;
  }

  /** @internal */
  begun(settings: Settings): Attributes {
    const attributes = noAttributes();
    describeStart(attributes, this, settings);
    return attributes;
  }

  /** @internal */
  outcome(): Attributes {
    const attributes: Attributes = {};
    describeEnd(attributes, this);
    return attributes;
  }

  /** @internal */
  whole(settings: Settings): Attributes {
    const attributes = this.begun(settings);
    describeEnd(attributes, this);
    return attributes;
  }

  /** Calls what the operation is made of: spans of it lie below this one, and operations on caches in it are part of this one. */
  run<T>(call: () => T): T {
    return enter(this, this.within(), call);
  }

  /**
   * Calls the loader of what was missed, as a span `cache.load` of its own: caches that it uses are not a part of this one.
   * @returns what the loader returns; of a promise, one that settles alike
   */
  load<T>(loader: () => T): T {
    return this.owner.step(this, 'load', loader);
  }

  /** Calls what writes to the source that the cache stands before, as a span `cache.persist` of its own. */
  persist<T>(write: () => T): T {
    return this.owner.step(this, 'persist', write);
  }

  /**
   * The loader is about to be called, as {@link load} does it.
   * @returns to be told how that ended; undefined: it is not observed
   */
  loads(): Step | undefined {
    return this.owner.begins(this, 'load');
  }

  /** @internal The context of what it is made of. */
  within(): Context {
    return (this.inside ??= new LinkedContext(this.outside(), OPERATION, this));
  }

  /** @internal The same without being a part of it. */
  outside(): Context {
    return (this.around ??= this.contextOutside());
  }

  private contextOutside(): Context {
    const { owner, span } = this;
    const beside = this.beside();
    return span === undefined ? beside : (owner.guard(() => span.enter(beside)) ?? beside);
  }

  /** @internal The same without its span. */
  beside(): Context {
    return this.outer === undefined ? this.context : new LinkedContext(this.context, OPERATION, undefined);
  }

  /** One key was asked for. */
  lookup(key: unknown, hit: boolean): void {
    if (hit) this.hits++;
    else this.misses++;
    this.owner.lookedUp(this, key, hit);
  }

  /**
   * One key was written.
   * @param ttl seconds; undefined: it never expires
   */
  wrote(key: unknown, ttl: number | undefined): void {
    if (ttl !== undefined) this.ttl = ttl;
    this.owner.wrote(this, key, ttl);
  }

  /** Bytes of a serialised value that was read or written; adds up. */
  sized(bytes: number): void {
    this.valueSize = this.valueSize < 0 ? bytes : this.valueSize + bytes;
  }

  /** Keys that were removed. */
  deleted(count: number): void {
    this.deletedCount = this.deletedCount < 0 ? count : this.deletedCount + count;
  }

  /**
   * A level of the cache has the answer; to be told before its {@link lookup}.
   * @param key absent: there is one only
   */
  answeredBy(level: string, key?: unknown): void {
    if (key === undefined) this.hitLevel = level;
    else (this.hitLevels ??= new Map()).set(key, level);
  }

  /** @internal */
  levelOf(key: unknown): string | undefined {
    return this.hitLevels?.get(key) ?? this.hitLevel;
  }

  /** An operation on a level of the cache, that is a part of this one whatever is known of the context. */
  part(level: AppCache): AppOperation | undefined {
    return this.owner.part(this, level);
  }

  /** It joined the load of another call; to be told before its {@link lookup}. */
  joined(): void {
    this.coalesced = true;
    if (this.outer === undefined) this.series.table.coalesced++;
  }

  /** A part of it failed, and it goes on without: that is told, and no error of the operation. The first such error is kept. */
  survives(error: unknown): void {
    this.survived ??= error ?? new Error('unknown');
  }

  /** @internal The row that one of its keys counts in. */
  rowOf(key: unknown): PatternRow {
    if (this.row !== undefined && key === this.key) return this.row;
    const row = this.series.table.rowOf(key);
    this.note(row);
    return row;
  }

  /** @internal Notes the rows of keys that were neither looked up nor written yet. */
  noteRows(): void {
    if (this.row === undefined && !this.mixed) for (const key of keysOf(this)) this.rowOf(key);
  }

  private note(row: PatternRow): void {
    if (this.row === row) return;
    if (this.row === undefined && !this.mixed) this.row = row;
    else {
      this.row = undefined;
      this.mixed = true;
    }
  }

  succeed(): void {
    this.owner.settle(this, false, undefined);
  }

  fail(error: unknown): void {
    this.owner.settle(this, true, error);
  }
}
