// The queries of the dashboard, narrowed down by its variables.

import {
  ATTR_CACHE_EVICTION_REASON,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_LEVEL,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  ATTR_DB_CLIENT_CONNECTION_STATE,
  ATTR_DB_NAMESPACE,
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../src/semconv';
import { escaped, prometheusName, type Route } from '../names';
import { orZero, quantile, rate, ratio, sumBy, type Labels } from '../promql';

/** What Grafana puts in their place follows the panel's resolution and the interval of scrapes. */
const WINDOW = '$__rate_interval';

export const VARIABLES = { service: 'service', cache: 'cache', pattern: 'pattern' } as const;

export const CACHE_NAME = escaped(ATTR_CACHE_NAME);
export const KEY_PATTERN = escaped(ATTR_CACHE_KEY_PATTERN);
const POOL_NAME = escaped(ATTR_DB_CLIENT_CONNECTION_POOL_NAME);

/** What series are told apart by. */
export const BY = {
  all: [],
  cache: ['job', CACHE_NAME],
  level: ['job', CACHE_NAME, escaped(ATTR_CACHE_LEVEL)],
  eviction: ['job', CACHE_NAME, escaped(ATTR_CACHE_EVICTION_REASON)],
  pattern: ['job', CACHE_NAME, KEY_PATTERN],
  cacheOperation: ['job', CACHE_NAME, escaped(ATTR_CACHE_OPERATION)],
  server: ['job', ...[ATTR_DB_SYSTEM_NAME, ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT, ATTR_DB_NAMESPACE].map(escaped)],
  serverOperation: ['job', ...[ATTR_DB_SYSTEM_NAME, ATTR_DB_OPERATION_NAME].map(escaped)],
  error: ['job', ...[ATTR_DB_SYSTEM_NAME, ATTR_DB_OPERATION_NAME, ATTR_ERROR_TYPE].map(escaped)],
  pool: ['job', POOL_NAME],
  poolState: ['job', POOL_NAME, escaped(ATTR_DB_CLIENT_CONNECTION_STATE)],
} as const satisfies Record<string, Labels>;

/** Which variables narrow a metric down; those of servers and pools know nothing of key patterns. */
type Scope = 'service' | 'cache' | 'pattern' | 'pool';

const SELECTED: Readonly<Record<Scope, string>> = {
  service: `job=~"$${VARIABLES.service}"`,
  cache: `job=~"$${VARIABLES.service}", ${CACHE_NAME}=~"$${VARIABLES.cache}"`,
  pattern: `job=~"$${VARIABLES.service}", ${CACHE_NAME}=~"$${VARIABLES.cache}", ${KEY_PATTERN}=~"$${VARIABLES.pattern}"`,
  // A pool is called as its cache is.
  pool: `job=~"$${VARIABLES.service}", ${POOL_NAME}=~"$${VARIABLES.cache}"`,
};

/** Queries for the names that the metrics have by one route. */
export class Queries {
  constructor(private readonly route: Route) {}

  /** The series of a metric; `part` is `_bucket`, `_sum` or `_count` of a histogram. */
  series(metric: string, scope: Scope, part = '', more = ''): string {
    return `${prometheusName(metric, this.route)}${part}{${SELECTED[scope]}${more}}`;
  }

  /** How often something happens in a second. */
  perSecond(metric: string, scope: Scope, by: Labels, part = '', more = ''): string {
    return sumBy(by, rate(this.series(metric, scope, part, more), WINDOW));
  }

  /** How often something happened in the time that the dashboard shows. */
  inRange(metric: string, scope: Scope, by: Labels): string {
    return sumBy(by, `increase(${this.series(metric, scope)}[$__range])`);
  }

  /** What is there now. */
  level(metric: string, scope: Scope, by: Labels): string {
    return sumBy(by, this.series(metric, scope));
  }

  /** A quantile (0 to 1) of a histogram. */
  quantile(share: number, metric: string, scope: Scope, by: Labels): string {
    return quantile(share, by, this.series(metric, scope, '_bucket'), WINDOW);
  }

  /** The mean of a histogram. */
  mean(metric: string, scope: Scope, by: Labels): string {
    return ratio(this.perSecond(metric, scope, by, '_sum'), this.perSecond(metric, scope, by, '_count'));
  }

  /** Keys asked for in a second. */
  lookups(by: Labels): string {
    return `${this.perSecond(METRIC_CACHE_HITS, 'pattern', by)} + ${this.perSecond(METRIC_CACHE_MISSES, 'pattern', by)}`;
  }

  /** Hits in a second where a level of a cache answered, per level. */
  hitsPerLevel(): string {
    return this.perSecond(METRIC_CACHE_HITS, 'pattern', BY.level, '', `, ${escaped(ATTR_CACHE_LEVEL)}!=""`);
  }

  /** The share of the lookups that hit. */
  hitRate(by: Labels): string {
    return ratio(this.perSecond(METRIC_CACHE_HITS, 'pattern', by), `(${this.lookups(by)})`);
  }

  /** Remote operations that failed in a second. */
  failures(by: Labels): string {
    const failed = `, ${escaped(ATTR_ERROR_TYPE)}!=""`;
    return this.perSecond(METRIC_DB_CLIENT_OPERATION_DURATION, 'service', by, '_count', failed);
  }

  /** The share of the remote operations that failed. */
  errorShare(by: Labels): string {
    const all = this.perSecond(METRIC_DB_CLIENT_OPERATION_DURATION, 'service', by, '_count');
    return ratio(orZero(this.failures(by), all), all);
  }
}
