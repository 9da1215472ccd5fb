// The alerts: one for each trouble that a cache can have, silent where there is too little traffic to tell.
//
// The report of a process (src/report/troubles.ts) tells somebody who has asked for it, an alert calls somebody who has not: where
// a threshold is not the report's, it is the higher one, or of what metrics have in place of keys and moments.

import { LOW_HIT_RATE } from '../src/report/troubles';
import {
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  ATTR_DB_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_DB_CLIENT_CONNECTION_COUNT,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
} from '../src/semconv';
import { escaped, prometheusName, type Route } from './names';
import { increase, sumBy } from './promql';
import { POOL, RECORDED } from './rules';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: 'critical' | 'warning' | 'info' };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** Lookups in 15 minutes, one in three seconds. The report does with 100, but they are all that there were. */
const ENOUGH_LOOKUPS = 300;
/** Operations in 5 minutes for a 99th percentile: three of them are slower. */
const ENOUGH_DURATIONS = 300;
/** Operations in 5 minutes for an error rate: one error alone is never more than the threshold. */
const ENOUGH_OPERATIONS = 100;
/** Values in 15 minutes for a 99th percentile. */
const ENOUGH_VALUES = 100;
/** In 5 minutes; ten herds of ten, which is what the report counts: of a herd at one moment metrics know nothing. */
const MANY_REPEATED_MISSES = 100;
/** Writes in an hour. The report asks for a share of the writes, but metrics have no writes per pattern. */
const MANY_WRITES = 100;

/** Lower than the report's: some patterns may miss by nature. Below this the pattern is not worth its memory. */
const LOW_PATTERN_HIT_RATE = 0.2;
/**
 * Seconds. A bound of the histogram, so that nothing is interpolated: more than one of a hundred is slower. The report asks for
 * the median, which tells a cache that is far away; that is no news to be called for.
 */
const HIGH_LATENCY = 0.05;
const HIGH_ERROR_RATE = 0.01;
/** Share of misses. In a cache whose misses are written back at once it is near 0. */
const HIGH_REPEATED_SHARE = 0.2;
/** Bytes: 256 KiB, a bound of the histogram, and far above what a single object takes; the report begins at 64 KiB. */
const LARGE_VALUE = 262_144;

const label = (attribute: string): string => `{{ $labels.${escaped(attribute)} }}`;
const SERVICE = '{{ $labels.job }}';
const NAME = label(ATTR_CACHE_NAME);
const KEYS = `${label(ATTR_CACHE_KEY_PATTERN)} in ${NAME}`;
const SERVER = `${label(ATTR_DB_SYSTEM_NAME)} at ${label(ATTR_SERVER_ADDRESS)}:${label(ATTR_SERVER_PORT)}`;
const POOL_NAME = label(ATTR_DB_CLIENT_CONNECTION_POOL_NAME);
const PERCENTAGE = '{{ $value | humanizePercentage }}';
const COUNT = '{{ $value | printf "%.0f" }}';

const HIT_RATE_ALERTS: readonly AlertRule[] = [
  {
    alert: 'CacheHitRateLow',
    expr: `${RECORDED.cacheHitRate} < ${LOW_HIT_RATE} and ${RECORDED.cacheLookups} >= ${ENOUGH_LOOKUPS}`,
    for: '15m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${NAME} of ${SERVICE} answers ${PERCENTAGE} of the lookups`,
      description:
        'More than half of the lookups ask the cache for nothing and the source after it. See which key pattern misses; ' +
        'look for keys that hold what differs per request, a TTL that is too short, evictions, and deletes of too much.',
    },
  },
  {
    alert: 'CacheKeyPatternHitRateLow',
    expr: `${RECORDED.patternHitRate} < ${LOW_PATTERN_HIT_RATE} and ${RECORDED.patternLookups} >= ${ENOUGH_LOOKUPS}`,
    for: '15m',
    labels: { severity: 'info' },
    annotations: {
      summary: `${KEYS} of ${SERVICE} is found in ${PERCENTAGE} of the lookups`,
      description:
        'These keys are hardly ever asked for twice while they are there. Make the key coarser, keep the values longer, ' +
        'or stop caching them.',
    },
  },
  {
    alert: 'CacheStampede',
    expr: `${RECORDED.repeatedMisses} >= ${MANY_REPEATED_MISSES} and ${RECORDED.repeatedMissShare} >= ${HIGH_REPEATED_SHARE}`,
    for: '2m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${KEYS} of ${SERVICE}: ${COUNT} lookups in 5 minutes missed what others had just missed`,
      description:
        'Many callers load the same value at once, or a key is asked for and never written. Let callers share one load, ' +
        'renew popular values before they expire, spread the TTLs, and remember what does not exist for a short time.',
    },
  },
];

const CONTENT_ALERTS: readonly AlertRule[] = [
  {
    alert: 'CacheValuesOversized',
    expr: `${RECORDED.valueSize} > ${LARGE_VALUE} and ${RECORDED.values} >= ${ENOUGH_VALUES}`,
    for: '15m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${NAME} of ${SERVICE}: one ${label(ATTR_CACHE_OPERATION)} of a hundred moves {{ $value | humanize1024 }}B or more`,
      description:
        'Large values fill the memory, are evicted early, and hold up everybody else on the connection. ' +
        'Store the fields that are used, compress, or split the value.',
    },
  },
  {
    alert: 'CacheWritesWithoutTtl',
    expr: `${RECORDED.writesWithoutTtl} >= ${MANY_WRITES}`,
    labels: { severity: 'info' },
    annotations: {
      summary: `${KEYS} of ${SERVICE}: ${COUNT} values were written in an hour to stay for ever`,
      description:
        'They grow old and never leave, unless the server evicts them. Give them a TTL, also a long one; where the ' +
        'server evicts by age or use and that is meant, silence this.',
    },
  },
];

const SERVER_ALERTS: readonly AlertRule[] = [
  {
    alert: 'CacheLatencyHigh',
    expr: `${RECORDED.latency} > ${HIGH_LATENCY} and ${RECORDED.operations} >= ${ENOUGH_DURATIONS}`,
    for: '5m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${SERVER}: one operation of a hundred of ${SERVICE} takes {{ $value | humanizeDuration }} or longer`,
      description:
        'A cache that is slow holds up every request. Look for commands that read very much at once, large values, ' +
        'a server in another zone, a busy event loop of the service, and a pool that is too small.',
    },
  },
  {
    alert: 'CacheErrorRateHigh',
    expr: `${RECORDED.errorRate} > ${HIGH_ERROR_RATE} and ${RECORDED.operations} >= ${ENOUGH_OPERATIONS}`,
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${SERVER}: ${PERCENTAGE} of the operations of ${SERVICE} fail`,
      description: 'What error it is, is in error_type of the durations and on the spans. A miss is no error.',
    },
  },
];

/**
 * A pool has no timeouts until the first one, and of a series that begins `increase` does not see with how many. So those count
 * too that were not there five minutes ago, when the pool was.
 */
function newTimeouts(route: Route): string {
  const timeouts = prometheusName(METRIC_DB_CLIENT_CONNECTION_TIMEOUTS, route);
  const connections = prometheusName(METRIC_DB_CLIENT_CONNECTION_COUNT, route);
  const began = `${sumBy(POOL, timeouts)} unless ${sumBy(POOL, `${timeouts} offset 5m`)}`;
  return `${sumBy(POOL, increase(timeouts, '5m'))} > 0 or ((${began}) and ${sumBy(POOL, `${connections} offset 5m`)})`;
}

function poolAlerts(route: Route): readonly AlertRule[] {
  const pending = prometheusName(METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS, route);
  return [
    {
      alert: 'CachePoolExhausted',
      expr: `${sumBy(POOL, pending)} > 0`,
      for: '2m',
      labels: { severity: 'critical' },
      annotations: {
        summary: `${SERVICE} on {{ $labels.instance }}: ${COUNT} requests wait for a connection of ${POOL_NAME}`,
        description:
          'All connections of the pool have been in use for two minutes. Look for connections that are not given back, ' +
          'and for slow commands; then raise the limit of the pool.',
      },
    },
    {
      alert: 'CachePoolTimeouts',
      expr: newTimeouts(route),
      labels: { severity: 'critical' },
      annotations: {
        summary: `${SERVICE} on {{ $labels.instance }}: requests to ${POOL_NAME} were given up in the last 5 minutes`,
        description: 'No connection became free in time. Look for connections that are not given back.',
      },
    },
  ];
}

export const alertRules = (route: Route): readonly AlertRule[] => [
  ...HIT_RATE_ALERTS,
  ...CONTENT_ALERTS,
  ...SERVER_ALERTS,
  ...poolAlerts(route),
];
