import { ATTR_CACHE_LEVEL, ATTR_CACHE_OPERATION, ATTR_DB_SYSTEM_NAME } from '../semconv';
import type { Cache, PatternRow } from '../telemetry/cache';
import { now } from '../telemetry/clock';
import type { LogHistogram } from '../telemetry/detail/log-histogram';
import type { PatternDetail } from '../telemetry/detail/pattern-detail';
import type { Histogram } from '../telemetry/histogram';
import { countedOperations } from '../telemetry/in-process/in-process-library';
import type { Telemetry } from '../telemetry/telemetry';
import { findTroubles } from './findings';
import type {
  BucketSummary,
  CacheReportData,
  CacheSummary,
  Counts,
  Distribution,
  DurationSummary,
  OperationSummary,
  PatternSummary,
} from './model';
import { serviceName } from './service';

/** Reads the report out of the table that the metrics are read from. What only the report tells is recorded from now on, if it was not. */
export function collectReport({ statistics, operations }: Telemetry): CacheReportData {
  const scale = statistics.recordDetail();
  const until = now();
  // Before anything is read: the timelines must agree on how long a slot lasts.
  scale.slot(until);
  const caches = [...statistics.caches()]
    .map((cache) => cacheSummary(cache, until))
    .filter((cache) => cache.operations.length > 0 || cache.patterns.length > 0)
    .sort(worstFirst);
  const eventLoopUtilization = scale.busy;
  return {
    generatedAt: new Date().toISOString(),
    startedAt: new Date(statistics.startedAt).toISOString(),
    detailedSince: new Date(scale.startedAt).toISOString(),
    service: serviceName(),
    pid: process.pid,
    operations: operations + countedOperations(),
    eventLoopUtilization,
    slotSeconds: scale.width / 1000,
    findings: findTroubles(caches, eventLoopUtilization),
    caches,
    durations: [...statistics.allDurations()].flatMap((durations) =>
      [...durations.rows()].flatMap(({ histogram, attributes }): DurationSummary[] => {
        const summary = bucketSummary(histogram);
        return summary === undefined ? [] : [{ ...summary, attributes }];
      }),
    ),
  };
}

/** What costs the most: each miss and each error is work elsewhere. */
function worstFirst(one: Counts & { errors: number }, other: Counts & { errors: number }): number {
  return other.misses + other.errors - (one.misses + one.errors) || other.lookups - one.lookups;
}

function cacheSummary(cache: Cache, until: number): CacheSummary {
  const patterns = patternSummaries(cache, until);
  const sum = (value: (pattern: PatternSummary) => number) =>
    patterns.reduce((total, pattern) => total + value(pattern), 0);
  const systems = [...cache.countRows()].map(({ attributes }) => attributes[ATTR_DB_SYSTEM_NAME]);
  return {
    name: cache.name,
    systems: [...new Set(systems)].filter((system) => typeof system === 'string'),
    ...counts(
      sum(({ hits }) => hits),
      sum(({ misses }) => misses),
    ),
    repeatedMisses: sum(({ repeatedMisses }) => repeatedMisses),
    writesWithoutTtl: sum(({ writesWithoutTtl }) => writesWithoutTtl),
    errors: sum(({ errors }) => errors),
    latency: cache.detail && distribution(cache.detail.remote, 1 / 1000),
    operations: operationSummaries(cache),
    patterns,
  };
}

function counts(hits: number, misses: number): Pick<Counts, 'lookups' | 'hits' | 'misses' | 'hitRate'> {
  const lookups = hits + misses;
  return { lookups, hits, misses, hitRate: lookups === 0 ? undefined : hits / lookups };
}

/** One row per operation: those of several systems under one name are told together. */
function operationSummaries(cache: Cache): OperationSummary[] {
  const summaries = new Map<string, OperationSummary>();
  for (const { count, operation } of cache.countRows()) {
    const name = String(operation.attributes[ATTR_CACHE_OPERATION]);
    const before = summaries.get(name)?.count ?? 0;
    if (count > 0) {
      summaries.set(name, { operation: name, count: before + count, valueSize: bucketSummary(operation.sizes) });
    }
  }
  return [...summaries.values()];
}

/** One per pattern: what levels before the server have answered is told together with the rest. */
function patternSummaries(cache: Cache, until: number): PatternSummary[] {
  const groups = new Map<string | undefined, PatternRow[]>();
  for (const row of cache.patternRows()) {
    const group = groups.get(row.pattern);
    if (group === undefined) groups.set(row.pattern, [row]);
    else group.push(row);
  }
  return [...groups]
    .map(([pattern, rows]) => patternSummary(pattern, rows, until))
    .filter(({ lookups, operations, writesWithoutTtl }) => lookups + operations + writesWithoutTtl > 0)
    .sort(worstFirst);
}

function patternSummary(pattern: string | undefined, rows: readonly PatternRow[], until: number): PatternSummary {
  const sum = (value: (row: PatternRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  const hitsByLevel = Object.fromEntries(
    rows.flatMap(({ attributes, hits }) => {
      const level = attributes[ATTR_CACHE_LEVEL];
      return typeof level === 'string' ? [[level, hits]] : [];
    }),
  );
  const singles = rows.find(({ singleLookups }) => singleLookups !== undefined)?.singleLookups;
  return {
    pattern,
    ...counts(
      sum(({ hits }) => hits),
      sum(({ misses }) => misses),
    ),
    repeatedMisses: sum(({ repeatedMisses }) => repeatedMisses),
    writesWithoutTtl: sum(({ writesWithoutTtl }) => writesWithoutTtl),
    hitsByLevel,
    singleLookups: singles && {
      parents: singles.parents,
      parentsWithMany: singles.parentsWithMany,
      lookupsOfMany: singles.lookupsOfMany,
      most: singles.most,
    },
    ...detailSummary(rows.find(({ detail }) => detail !== undefined)?.detail, until),
  };
}

type Detailed = Omit<PatternSummary, keyof Counts | 'pattern' | 'hitsByLevel' | 'singleLookups'>;

const NO_DETAIL: Detailed = {
  operations: 0,
  writes: 0,
  immortalWrites: 0,
  deletes: 0,
  errors: 0,
  latency: undefined,
  valueSize: undefined,
  largeValues: 0,
  ttl: undefined,
  largestHerd: 0,
  herds: 0,
  herdMisses: 0,
  expiredMisses: 0,
  timeline: [],
};

function detailSummary(detail: PatternDetail | undefined, until: number): Detailed {
  if (detail === undefined) return NO_DETAIL;
  const { operations, writes, deletes, errors, largeValues, largestHerd, herds, herdMisses, expiredMisses } = detail;
  const seconds = (milliseconds: number | undefined) => milliseconds && milliseconds / 1000;
  return {
    immortalWrites: detail.writesWithoutTtl,
    ...{ operations, writes, deletes, errors, largeValues, largestHerd, herds, herdMisses, expiredMisses },
    latency: distribution(detail.latencies, 1 / 1000),
    valueSize: distribution(detail.sizes, 1),
    ttl: distribution(detail.ttls, 1),
    timeline: detail.timeline.slots(until).map((slot) => ({ ...slot, p50: seconds(slot.p50), p95: seconds(slot.p95) })),
  };
}

/** @param unit what the values are to be multiplied with */
function distribution(histogram: LogHistogram, unit: number): Distribution | undefined {
  const { count, sum, min, max } = histogram;
  if (count === 0) return undefined;
  const quantile = (share: number) => histogram.quantile(share)! * unit;
  return {
    count,
    mean: (sum / count) * unit,
    min: min * unit,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    max: max * unit,
    buckets: [...histogram.octaves()].map(([upTo, inBucket]) => [upTo * unit, inBucket]),
  };
}

function bucketSummary({ count, sum, min, max }: Histogram): BucketSummary | undefined {
  return count === 0 ? undefined : { count, sum, min, max };
}
