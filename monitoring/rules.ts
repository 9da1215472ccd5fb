// The recording rules: what alerts and dashboards would otherwise work out again and again.

import {
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  ATTR_DB_NAMESPACE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_REPEATED_MISSES,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_CACHE_WRITES_WITHOUT_TTL,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../src/semconv';
import { escaped, prometheusName, type Route } from './names';
import { increase, orZero, quantile, ratio, sumBy } from './promql';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/**
 * `job` is the service, by either route. Levels of a cache are summed up: a hit counts at the level that answered, a miss at
 * none.
 */
const PATTERN = ['job', ...[ATTR_CACHE_NAME, ATTR_CACHE_KEY_PATTERN].map(escaped)];
const OPERATION = ['job', ...[ATTR_CACHE_NAME, ATTR_CACHE_OPERATION].map(escaped)];
const SERVER = ['job', ...[ATTR_DB_SYSTEM_NAME, ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT, ATTR_DB_NAMESPACE].map(escaped)];
/** Pools are counted per process: in the sum over a service one that is exhausted would not be seen. */
export const POOL = ['job', 'instance', escaped(ATTR_DB_CLIENT_CONNECTION_POOL_NAME)];

/** Names of what is recorded: the labels that are left, what it is, how it was made. They are the same by either route. */
export const RECORDED = {
  patternHits: 'job_cache_pattern:cache_hits:increase15m',
  patternLookups: 'job_cache_pattern:cache_lookups:increase15m',
  patternHitRate: 'job_cache_pattern:cache_hit_rate:ratio15m',
  cacheLookups: 'job_cache:cache_lookups:increase15m',
  cacheHitRate: 'job_cache:cache_hit_rate:ratio15m',
  repeatedMisses: 'job_cache_pattern:cache_repeated_misses:increase5m',
  repeatedMissShare: 'job_cache_pattern:cache_repeated_misses:ratio5m',
  operations: 'job_server:db_client_operations:increase5m',
  latency: 'job_server:db_client_operation_duration_seconds:p99_5m',
  errorRate: 'job_server:db_client_operation_errors:ratio5m',
  values: 'job_cache_operation:cache_values:increase15m',
  valueSize: 'job_cache_operation:cache_value_size_bytes:p99_15m',
  writesWithoutTtl: 'job_cache_pattern:cache_writes_without_ttl:increase1h',
} as const;

export function recordingRules(route: Route): readonly RecordingRule[] {
  const series = (name: string): string => prometheusName(name, route);
  const durations = series(METRIC_DB_CLIENT_OPERATION_DURATION);
  const sizes = series(METRIC_CACHE_VALUE_SIZE);
  const perPattern = (name: string, window: string): string => sumBy(PATTERN, increase(series(name), window));
  const withoutPattern = (record: string): string => `sum without (${escaped(ATTR_CACHE_KEY_PATTERN)}) (${record})`;
  const failed = `${durations}_count{${escaped(ATTR_ERROR_TYPE)}!=""}`;
  const expressions: Record<keyof typeof RECORDED, string> = {
    patternHits: perPattern(METRIC_CACHE_HITS, '15m'),
    patternLookups: `${RECORDED.patternHits} + ${perPattern(METRIC_CACHE_MISSES, '15m')}`,
    patternHitRate: ratio(RECORDED.patternHits, RECORDED.patternLookups),
    cacheLookups: withoutPattern(RECORDED.patternLookups),
    cacheHitRate: ratio(withoutPattern(RECORDED.patternHits), RECORDED.cacheLookups),
    repeatedMisses: perPattern(METRIC_CACHE_REPEATED_MISSES, '5m'),
    repeatedMissShare: ratio(RECORDED.repeatedMisses, perPattern(METRIC_CACHE_MISSES, '5m')),
    operations: sumBy(SERVER, increase(`${durations}_count`, '5m')),
    latency: quantile(0.99, SERVER, `${durations}_bucket`, '5m'),
    errorRate: ratio(orZero(sumBy(SERVER, increase(failed, '5m')), RECORDED.operations), RECORDED.operations),
    values: sumBy(OPERATION, increase(`${sizes}_count`, '15m')),
    valueSize: quantile(0.99, OPERATION, `${sizes}_bucket`, '15m'),
    writesWithoutTtl: perPattern(METRIC_CACHE_WRITES_WITHOUT_TTL, '1h'),
  };
  return Object.entries(RECORDED).map(([key, record]) => ({
    record,
    expr: expressions[key as keyof typeof RECORDED],
  }));
}
