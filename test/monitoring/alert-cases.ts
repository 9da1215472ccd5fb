// For every alert: series that make it fire, and series that nearly do.

import {
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_LEVEL,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  ATTR_DB_CLIENT_CONNECTION_STATE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  CONNECTION_STATE_USED,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_REPEATED_MISSES,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_CACHE_WRITES_WITHOUT_TTL,
  METRIC_DB_CLIENT_CONNECTION_COUNT,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../src/semconv';

/** A metric, its attributes, the part of a histogram, and its values minute by minute, as promtool writes them. */
export interface Series {
  readonly metric: string;
  readonly part?: '_bucket' | '_count';
  readonly attributes: Readonly<Record<string, string>>;
  readonly values: string;
}

export interface AlertCase {
  readonly alert: string;
  readonly what: string;
  readonly series: readonly Series[];
  /** The summaries of the alerts that fire after 40 minutes; none: it stays silent. */
  readonly summaries: readonly string[];
}

/** A counter that grows by so much a minute, for forty minutes. */
const growing = (perMinute: number): string => `0+${perMinute}x40`;

const cache = { [ATTR_CACHE_NAME]: 'products' };
const pattern = { ...cache, [ATTR_CACHE_KEY_PATTERN]: 'product:*' };
const server = { [ATTR_DB_SYSTEM_NAME]: 'redis', [ATTR_SERVER_ADDRESS]: 'redis.internal', [ATTR_SERVER_PORT]: '6379' };
const pool = { [ATTR_DB_CLIENT_CONNECTION_POOL_NAME]: 'products' };

const lookups = (hits: number, misses: number): Series[] => [
  { metric: METRIC_CACHE_HITS, attributes: pattern, values: growing(hits) },
  { metric: METRIC_CACHE_MISSES, attributes: pattern, values: growing(misses) },
];

/** A hit counts at the level that answered, a miss at none. */
const leveled = (hits: number, misses: number): Series[] => [
  { metric: METRIC_CACHE_HITS, attributes: { ...pattern, [ATTR_CACHE_LEVEL]: 'memory' }, values: growing(hits) },
  { metric: METRIC_CACHE_MISSES, attributes: { ...pattern, [ATTR_CACHE_LEVEL]: 'memory' }, values: growing(0) },
  ...lookups(0, misses),
];

/** Lookups that all missed, at once, three minutes before it is looked at; and what of them repeated another's miss. */
const herd = (misses: number, repeated: number): Series[] => [
  { metric: METRIC_CACHE_MISSES, attributes: pattern, values: `0x37 ${misses}x30` },
  { metric: METRIC_CACHE_REPEATED_MISSES, attributes: pattern, values: `0x37 ${repeated}x30` },
];

/** Counts below two bounds, and in all, that grow each minute. */
function histogram(
  metric: string,
  attributes: Readonly<Record<string, string>>,
  [bound, next]: readonly [number, number],
  [below, all]: readonly [number, number],
): Series[] {
  const bucket = (le: string, perMinute: number): Series => ({
    metric,
    part: '_bucket',
    attributes: { ...attributes, le },
    values: growing(perMinute),
  });
  const count: Series = { metric, part: '_count', attributes, values: growing(all) };
  return [bucket(String(bound), below), bucket(String(next), all), bucket('+Inf', all), count];
}

const durations = (below50ms: number, all: number): Series[] =>
  histogram(METRIC_DB_CLIENT_OPERATION_DURATION, server, [0.05, 0.1], [below50ms, all]);

const sizes = (below256KiB: number, all: number): Series[] =>
  histogram(
    METRIC_CACHE_VALUE_SIZE,
    { ...cache, [ATTR_CACHE_OPERATION]: 'set' },
    [262_144, 1_048_576],
    [below256KiB, all],
  );

const outcomes = (succeeded: number, failed: number): Series[] => [
  {
    metric: METRIC_DB_CLIENT_OPERATION_DURATION,
    part: '_count',
    attributes: server,
    values: growing(succeeded),
  },
  {
    metric: METRIC_DB_CLIENT_OPERATION_DURATION,
    part: '_count',
    attributes: { ...server, [ATTR_ERROR_TYPE]: 'ECONNREFUSED' },
    values: growing(failed),
  },
];

const withoutTtl = (values: string): Series[] => [
  { metric: METRIC_CACHE_WRITES_WITHOUT_TTL, attributes: pattern, values },
];
const waiting = (values: string): Series[] => [
  { metric: METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS, attributes: pool, values },
];
const connections = (values: string): Series[] => [
  {
    metric: METRIC_DB_CLIENT_CONNECTION_COUNT,
    attributes: { ...pool, [ATTR_DB_CLIENT_CONNECTION_STATE]: CONNECTION_STATE_USED },
    values,
  },
];
const timeouts = (values: string): Series[] => [
  { metric: METRIC_DB_CLIENT_CONNECTION_TIMEOUTS, attributes: pool, values },
];

const hitRateLow: AlertCase[] = [
  ['a third of the lookups hit', lookups(10, 20), ['products of shop answers 33.33% of the lookups']],
  ['300 lookups in 15 minutes are enough', lookups(8, 12), ['products of shop answers 40% of the lookups']],
  ['half of them hit', lookups(15, 15), []],
  ['half of them hit, in the memory of the process', leveled(30, 30), []],
  ['299 lookups in 15 minutes', lookups(8, 11.9), []],
  ['three lookups, and all of them missed', lookups(0, 0.2), []],
  ['there is no traffic at all', lookups(0, 0), []],
].map(([what, series, summaries]) => ({ alert: 'CacheHitRateLow', what, series, summaries }) as AlertCase);

const patternLow: AlertCase[] = [
  ['one of ten hits', lookups(3, 27), ['product:* in products of shop is found in 10% of the lookups']],
  ['one of five hits', lookups(6, 24), []],
  ['three lookups, and all of them missed', lookups(0, 0.2), []],
].map(([what, series, summaries]) => ({ alert: 'CacheKeyPatternHitRateLow', what, series, summaries }) as AlertCase);

const REPEATED = (count: number): string =>
  `product:* in products of shop: ${count} lookups in 5 minutes missed what others had just missed`;

const stampede: AlertCase[] = [
  ['a herd of 500 misses one key', [...herd(500, 499)], [REPEATED(499)]],
  ['a hundred repeated misses, a fifth of all', [...herd(500, 100)], [REPEATED(100)]],
  ['99 repeated misses', [...herd(495, 99)], []],
  ['fewer than a fifth of the misses', [...herd(501, 100)], []],
  ['a hundred misses of as many keys', [...herd(100, 0)], []],
].map(([what, series, summaries]) => ({ alert: 'CacheStampede', what, series, summaries }) as AlertCase);

const oversized: AlertCase[] = [
  ['one of fifty is larger', sizes(98, 100), ['products of shop: one set of a hundred moves 640kiB or more']],
  ['nine of a thousand are larger', sizes(99.1, 100), []],
  ['one of fifty, of too few', sizes(6.4, 6.6), []],
].map(([what, series, summaries]) => ({ alert: 'CacheValuesOversized', what, series, summaries }) as AlertCase);

const FOR_EVER = (count: number): string =>
  `product:* in products of shop: ${count} values were written in an hour to stay for ever`;

const immortal: AlertCase[] = [
  ['a hundred in an hour', withoutTtl('0 100x40'), [FOR_EVER(100)]],
  ['99 in an hour', withoutTtl('0 99x40'), []],
].map(([what, series, summaries]) => ({ alert: 'CacheWritesWithoutTtl', what, series, summaries }) as AlertCase);

const latency: AlertCase[] = [
  [
    'two of a hundred take longer than 50 ms',
    durations(98, 100),
    ['redis at redis.internal:6379: one operation of a hundred of shop takes 75ms or longer'],
  ],
  ['nine of a thousand do', durations(99.1, 100), []],
  ['half of them do, of 299 in 5 minutes', durations(29.9, 59.8), []],
].map(([what, series, summaries]) => ({ alert: 'CacheLatencyHigh', what, series, summaries }) as AlertCase);

const errors: AlertCase[] = [
  ['two of a hundred fail', outcomes(98, 2), ['redis at redis.internal:6379: 2% of the operations of shop fail']],
  ['all fail', outcomes(0, 20), ['redis at redis.internal:6379: 100% of the operations of shop fail']],
  ['one of a hundred fails', outcomes(99, 1), []],
  ['all fail, of 99 in 5 minutes', outcomes(0, 19.8), []],
].map(([what, series, summaries]) => ({ alert: 'CacheErrorRateHigh', what, series, summaries }) as AlertCase);

const exhausted: AlertCase[] = [
  [
    'requests wait for more than two minutes',
    waiting('0x30 3x40'),
    ['shop on shop-1: 3 requests wait for a connection of products'],
  ],
  ['they waited once', waiting('0x38 3 0x30'), []],
  ['nobody waits', waiting('0x40'), []],
].map(([what, series, summaries]) => ({ alert: 'CachePoolExhausted', what, series, summaries }) as AlertCase);

const GIVEN_UP = 'shop on shop-1: requests to products were given up in the last 5 minutes';
/** A series that was not there before. */
const BEGINS = '_x37 5x10';

const givenUp: AlertCase[] = [
  ['a request is given up', timeouts('0x37 1x30'), [GIVEN_UP]],
  ['the first ones are given up', [...timeouts(BEGINS), ...connections('1x50')], [GIVEN_UP]],
  ['the last one was longer ago', [...timeouts('0x30 1x40'), ...connections('1x50')], []],
  ['the pool itself was not seen before', [...timeouts(BEGINS), ...connections(BEGINS)], []],
].map(([what, series, summaries]) => ({ alert: 'CachePoolTimeouts', what, series, summaries }) as AlertCase);

export const ALERT_CASES: readonly AlertCase[] = [
  ...hitRateLow,
  ...patternLow,
  ...stampede,
  ...oversized,
  ...immortal,
  ...latency,
  ...errors,
  ...exhausted,
  ...givenUp,
];

/** A busy service whose caches are well. */
export const HEALTHY: readonly Series[] = [
  ...lookups(950, 50),
  { metric: METRIC_CACHE_REPEATED_MISSES, attributes: pattern, values: growing(1) },
  ...durations(9990, 10_000),
  ...sizes(1000, 1000),
  ...withoutTtl('0x40'),
  ...waiting('0x40'),
  ...timeouts('0x40'),
];
