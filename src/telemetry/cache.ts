import type { Attributes } from '@opentelemetry/api';
import type { Settings } from '../config';
import {
  ATTR_CACHE_EVICTION_REASON,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_LEVEL,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_DB_SYSTEM_NAME,
} from '../semconv';
import { CacheDetail } from './detail/cache-detail';
import type { PatternDetail } from './detail/pattern-detail';
import type { SingleLookups } from './detail/single-lookups';
import type { TimeScale } from './detail/timeline';
import { Durations } from './durations';
import { Histogram, LATENCY_BOUNDS, OPERATION_BOUNDS, SIZE_BOUNDS } from './histogram';
import { KeyPatterns } from './key-patterns';
import { type Common, commonOf, MissedKeys } from './missed-keys';

/** What is counted per key pattern. */
export class PatternRow {
  hits = 0;
  misses = 0;
  repeatedMisses = 0;
  writesWithoutTtl = 0;
  singleLookups: SingleLookups | undefined = undefined;
  /** Only while a report is wanted. */
  detail: PatternDetail | undefined = undefined;
  readonly common: Common;

  constructor(
    /** Undefined with `keys=none`. */
    readonly pattern: string | undefined,
    readonly attributes: Attributes,
  ) {
    this.common = commonOf(pattern);
  }
}

/** What is counted per reason for which entries had to go. */
export class EvictionRow {
  count = 0;

  constructor(readonly attributes: Attributes) {}
}

/** What is measured per value of `cache.operation`. */
export class OperationRow {
  readonly sizes = new Histogram(SIZE_BOUNDS);
  readonly latencies = new Histogram(LATENCY_BOUNDS);

  constructor(readonly attributes: Attributes) {}
}

/** What is counted per value of `cache.operation` and system. */
export class CountRow {
  count = 0;

  constructor(
    readonly operation: OperationRow,
    readonly attributes: Attributes,
  ) {}
}

/** One cache by its `cache.name`: everything that is counted under that name, whichever clients and servers it has. */
export class Cache {
  readonly missedKeys = new MissedKeys();
  /** Only while a report is wanted. */
  detail: CacheDetail | undefined = undefined;
  private patterns: KeyPatterns<PatternRow>;
  private readonly rows = new Map<string, PatternRow>();
  private readonly levels = new Map<string, PatternRow>();
  private readonly operations = new Map<string, OperationRow>();
  private readonly counts = new Map<string, CountRow>();
  private readonly evictions = new Map<string, EvictionRow>();
  /** Counts where no key pattern is told. */
  readonly plain: PatternRow;
  private readonly durations = new Map<string, Durations>();
  /** What was loaded in place of what was missed. */
  readonly loads: Durations;
  /** Calls that joined a load in flight. */
  coalesced = 0;
  readonly attributes: Attributes;

  constructor(
    readonly name: string,
    private settings: Settings,
  ) {
    this.patterns = this.patternsFor(settings);
    this.attributes = { [ATTR_CACHE_NAME]: name };
    this.plain = new PatternRow(undefined, this.attributes);
    this.loads = new Durations(this.attributes);
  }

  /** Takes new settings; what was counted stays. */
  configure(settings: Settings): void {
    const { keyPatterns, maxKeyPatterns } = this.settings;
    const same = settings.keyPatterns.join() === keyPatterns.join() && settings.maxKeyPatterns === maxKeyPatterns;
    this.settings = settings;
    if (!same) this.patterns = this.patternsFor(settings);
  }

  /** Records from now on what a report tells besides. */
  recordDetail(scale: TimeScale): void {
    this.detail ??= new CacheDetail(scale);
  }

  /** Whether spans tell of lookups that repeat another's miss. */
  get tellsInsights(): boolean {
    return this.settings.insights;
  }

  /** A cache of the same name whose counts nobody is told. */
  uncounted(): Cache {
    return new Cache(this.name, this.settings);
  }

  /** @param reason a value of `cache.eviction.reason` */
  evictionRow(reason: string): EvictionRow {
    let row = this.evictions.get(reason);
    if (row === undefined) {
      row = new EvictionRow({ [ATTR_CACHE_NAME]: this.name, [ATTR_CACHE_EVICTION_REASON]: reason });
      this.evictions.set(reason, row);
    }
    return row;
  }

  evictionRows(): Iterable<EvictionRow> {
    return this.evictions.values();
  }

  /** The row that a key counts in. */
  rowOf(key: unknown): PatternRow {
    if (this.settings.keys === 'none') return this.plain;
    if (typeof key === 'string') return this.patterns.of(key);
    return key instanceof Uint8Array ? this.patterns.ofBytes(key) : this.patterns.of(textOf(key));
  }

  private patternsFor({ keyPatterns, maxKeyPatterns }: Settings): KeyPatterns<PatternRow> {
    const result = (pattern: string) => this.rows.get(pattern) ?? this.newRow(pattern);
    return new KeyPatterns({ known: keyPatterns, limit: maxKeyPatterns, result });
  }

  /** @returns whether the key had been missed before, and was not written since */
  countMiss(row: PatternRow, key: unknown): boolean {
    row.misses++;
    if (!this.missedKeys.add(key, row.common)) return false;
    row.repeatedMisses++;
    return true;
  }

  /**
   * @param ttl seconds; undefined: it never expires
   * @returns whether the key had been missed, and was not written since
   */
  countWrite(row: PatternRow, key: unknown, ttl: number | undefined): boolean {
    if (ttl === undefined) row.writesWithoutTtl++;
    return this.missedKeys.remove(key, row.common);
  }

  /** Whether all keys count, and nobody wants to know of them but metrics. */
  get onlyCounts(): boolean {
    return this.detail === undefined && !this.isSelective;
  }

  /** The row that counts what a level in front of the server answered, with the same keys as another row. */
  atLevel(row: PatternRow, level: string | undefined): PatternRow {
    return level === undefined ? row : this.levelRow(row, level);
  }

  private levelRow(row: PatternRow, level: string): PatternRow {
    const id = `${level} ${row.pattern ?? ''}`;
    let levelRow = this.levels.get(id);
    if (levelRow === undefined) {
      levelRow = new PatternRow(row.pattern, { ...row.attributes, [ATTR_CACHE_LEVEL]: level });
      this.levels.set(id, levelRow);
    }
    return levelRow;
  }

  private newRow(pattern: string): PatternRow {
    const row = new PatternRow(pattern, { [ATTR_CACHE_NAME]: this.name, [ATTR_CACHE_KEY_PATTERN]: pattern });
    this.rows.set(pattern, row);
    return row;
  }

  /** Whether only some keys count; where all do, no key has to be found to know. */
  get isSelective(): boolean {
    return this.settings.cachePrefixes.length > 0;
  }

  /** Whether a key counts as one of a cache (`cachePrefixes`). */
  holds(key: unknown): boolean {
    return !this.isSelective || this.hasCachePrefix(key);
  }

  private hasCachePrefix(key: unknown): boolean {
    const text = key instanceof Uint8Array ? Buffer.from(key.subarray(0, 256)).toString('utf8') : textOf(key);
    return this.settings.cachePrefixes.some((prefix) => text.startsWith(prefix));
  }

  /** @param system `db.system.name`; undefined: the cache is above the network */
  countRow(operation: string, system: string | undefined): CountRow {
    const id = `${operation} ${system ?? ''}`;
    let row = this.counts.get(id);
    if (row === undefined) {
      const operationRow = this.operationRow(operation);
      const ofSystem = system === undefined ? {} : { [ATTR_DB_SYSTEM_NAME]: system };
      row = new CountRow(operationRow, { ...operationRow.attributes, ...ofSystem });
      this.counts.set(id, row);
    }
    return row;
  }

  /** How long an operation above the network takes. */
  operationDurations(operation: string): Durations {
    let durations = this.durations.get(operation);
    if (durations === undefined) {
      durations = new Durations({ ...this.operationRow(operation).attributes }, OPERATION_BOUNDS);
      this.durations.set(operation, durations);
    }
    return durations;
  }

  private operationRow(operation: string): OperationRow {
    let row = this.operations.get(operation);
    if (row === undefined) {
      row = new OperationRow({ [ATTR_CACHE_NAME]: this.name, [ATTR_CACHE_OPERATION]: operation });
      this.operations.set(operation, row);
    }
    return row;
  }

  *patternRows(): Iterable<PatternRow> {
    yield this.plain;
    yield* this.rows.values();
    yield* this.levels.values();
  }

  operationRows(): Iterable<OperationRow> {
    return this.operations.values();
  }

  allDurations(): Iterable<Durations> {
    return this.durations.values();
  }

  countRows(): Iterable<CountRow> {
    return this.counts.values();
  }
}

function textOf(key: unknown): string {
  return typeof key === 'string' ? key : typeof key === 'number' || typeof key === 'bigint' ? String(key) : '';
}
