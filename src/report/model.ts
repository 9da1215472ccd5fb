/** What may be wrong with a cache. */
export type Trouble =
  | 'low-hit-rate'
  | 'thundering-herd'
  | 'large-values'
  | 'slow-cache'
  | 'no-expiry'
  | 'many-single-lookups'
  | 'never-read';

/** What a cache report says, in seconds and bytes, the worst first. What is undefined was not recorded, or did not happen. */
export interface CacheReportData {
  /** When the report was made: ISO 8601, as all times are. */
  readonly generatedAt: string;
  /** Since when the counts of the metrics run. */
  readonly startedAt: string;
  /** Since when the rest is recorded: latencies, sizes, TTLs, writes, deletes, errors, and what happened when. */
  readonly detailedSince: string;
  /** `OTEL_SERVICE_NAME`, else `service.name` in `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly service: string | undefined;
  readonly pid: number;
  /** Operations that were seen, on caches or not. */
  readonly operations: number;
  /** The share of the time since `detailedSince` that the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number;
  /** How many seconds a slot of the timelines lasts. */
  readonly slotSeconds: number;
  readonly findings: readonly Finding[];
  readonly caches: readonly CacheSummary[];
  /** As the metric `db.client.operation.duration`. */
  readonly durations: readonly DurationSummary[];
}

/** One trouble of one key pattern, or of a whole cache. */
export interface Finding {
  readonly trouble: Trouble;
  readonly title: string;
  readonly cache: string;
  /** Undefined: it is of the whole cache, or the patterns are not recorded. */
  readonly pattern: string | undefined;
  /** Operations that have the trouble: findings with more of them come first. */
  readonly affected: number;
  /** One sentence with the figure. */
  readonly figure: string;
  readonly why: string;
  readonly advice: string;
}

export interface Counts {
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  /** 0 to 1; undefined: there was no lookup. */
  readonly hitRate: number | undefined;
  readonly repeatedMisses: number;
  readonly writesWithoutTtl: number;
}

/** A cache, by its `cache.name`. */
export interface CacheSummary extends Counts {
  readonly name: string;
  /** `db.system.name` of its servers; none for a cache above the network. */
  readonly systems: readonly string[];
  readonly errors: number;
  /** Commands that are in no batch; seconds. */
  readonly latency: Distribution | undefined;
  readonly operations: readonly OperationSummary[];
  readonly patterns: readonly PatternSummary[];
}

/** As the metrics `cache.operations` and `cache.value_size`. */
export interface OperationSummary {
  readonly operation: string;
  readonly count: number;
  readonly valueSize: BucketSummary | undefined;
}

export interface PatternSummary extends Counts {
  /** Undefined: patterns are not recorded (`keys=none`). */
  readonly pattern: string | undefined;
  /** Hits of levels before the server, by the name of the level; they are among `hits`. */
  readonly hitsByLevel: Readonly<Record<string, number>>;
  readonly operations: number;
  readonly writes: number;
  /** Those among them that have no TTL; `writesWithoutTtl` counts since `startedAt`. */
  readonly immortalWrites: number;
  /** Keys, or fields, that were deleted. */
  readonly deletes: number;
  readonly errors: number;
  /** Operations that are in no batch; seconds. */
  readonly latency: Distribution | undefined;
  /** Bytes of single values. */
  readonly valueSize: Distribution | undefined;
  /** Values above 64 KiB. */
  readonly largeValues: number;
  /** Seconds, of the writes that have an expiry. */
  readonly ttl: Distribution | undefined;
  /** The most misses of one key within a second, without a write in between. */
  readonly largestHerd: number;
  /** How often ten of them came together. */
  readonly herds: number;
  /** Misses in those herds. */
  readonly herdMisses: number;
  /** Misses of keys that this process had written and whose TTL had run out. */
  readonly expiredMisses: number;
  /** Lookups of one key each, below parent spans. */
  readonly singleLookups: SingleLookupSummary | undefined;
  /** Slot by slot since `detailedSince`. */
  readonly timeline: readonly Slot[];
}

export interface SingleLookupSummary {
  readonly parents: number;
  /** Parents with ten and more. */
  readonly parentsWithMany: number;
  /** Lookups below those. */
  readonly lookupsOfMany: number;
  readonly most: number;
}

export interface Slot {
  readonly hits: number;
  readonly misses: number;
  readonly errors: number;
  /** Seconds. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

/** A distribution, off by 4.5 % at most. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** How many values there are up to each of these, and above the one before. */
  readonly buckets: readonly (readonly [upTo: number, count: number])[];
}

/** A distribution as the metrics have it. */
export interface BucketSummary {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface DurationSummary extends BucketSummary {
  readonly attributes: Readonly<Record<string, unknown>>;
}
