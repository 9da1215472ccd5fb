// What is wrong at a glance, and what is asked of the caches.

import type { Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  METRIC_CACHE_COALESCED,
  METRIC_CACHE_ENTRIES,
  METRIC_CACHE_ESTIMATED_SIZE,
  METRIC_CACHE_EVICTIONS,
  METRIC_CACHE_HITS,
  METRIC_CACHE_LOAD_DURATION,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATION_DURATION,
  METRIC_CACHE_OPERATIONS,
  METRIC_CACHE_REPEATED_MISSES,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_CACHE_WRITES_WITHOUT_TTL,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../src/semconv';
import { ratio } from '../promql';
import { lines, named, number, stacked, table, type Shown } from './panels';
import { BY, type Queries } from './queries';
import type { Row } from './rows';

/** Green below the first value, then yellow, then red. */
const risesTo = (yellow: number, red: number): Threshold[] => [
  { value: null, color: 'green' },
  { value: yellow, color: 'yellow' },
  { value: red, color: 'red' },
];
const fallsTo = (yellow: number, red: number): Threshold[] => [
  { value: null, color: 'red' },
  { value: red, color: 'yellow' },
  { value: yellow, color: 'green' },
];
const NEUTRAL: readonly Threshold[] = [{ value: null, color: 'blue' }];

export function overview(queries: Queries): Row {
  const shown = (title: string, unit: Shown['unit'], description: string): Shown => ({ title, unit, description });
  const latency = queries.quantile(0.99, METRIC_DB_CLIENT_OPERATION_DURATION, 'service', BY.all);
  const repeated = queries.perSecond(METRIC_CACHE_REPEATED_MISSES, 'pattern', BY.all);
  const waiting = queries.level(METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS, 'pool', BY.all);
  const panels = [
    number(shown('Lookups', 'ops', 'Keys asked for in a second.'), queries.lookups(BY.all), NEUTRAL),
    number(
      shown('Hit rate', 'percentunit', 'Share of the lookups that found their key, of all caches that are selected.'),
      queries.hitRate(BY.all),
      fallsTo(0.8, 0.5),
    ),
    number(shown('Latency, p99', 's', 'One operation of a hundred takes longer.'), latency, risesTo(0.01, 0.05)),
    number(
      shown('Errors', 'percentunit', 'Share of the operations that failed. A miss is no error.'),
      queries.errorShare(BY.all),
      risesTo(0.001, 0.01),
    ),
    number(
      shown('Repeated misses', 'ops', 'Misses of keys that were missed before and not written since.'),
      repeated,
      risesTo(1, 10),
    ),
    number(
      shown('Waiting for a connection', 'short', 'Requests that no connection of a pool is free for.'),
      waiting,
      risesTo(1, 10),
    ),
  ];
  return { title: 'Overview', panels };
}

export function hitRates(queries: Queries): Row {
  const inRange = (metric: string): string => queries.inRange(metric, 'pattern', BY.pattern);
  const all = `${inRange(METRIC_CACHE_HITS)} + ${inRange(METRIC_CACHE_MISSES)}`;
  const panels = [
    lines({ title: 'Hit rate per cache', unit: 'percentunit', description: 'All levels of a cache together.' }, [
      { expr: queries.hitRate(BY.cache), legend: BY.cache },
    ]),
    lines(
      {
        title: 'Hit rate per key pattern',
        unit: 'percentunit',
        description: 'A pattern that stays low is hardly worth caching, or its keys are too fine.',
      },
      [{ expr: queries.hitRate(BY.pattern), legend: BY.pattern }],
    ),
    stacked(
      {
        title: 'Lookups per key pattern',
        unit: 'ops',
        description: 'A hit rate weighs as much as the lookups behind it.',
      },
      [{ expr: queries.lookups(BY.pattern), legend: BY.pattern }],
    ),
    stacked(
      {
        title: 'Operations per cache',
        unit: 'ops',
        description: 'What is done with each cache; each command of a pipeline counts.',
      },
      [{ expr: queries.perSecond(METRIC_CACHE_OPERATIONS, 'cache', BY.cacheOperation), legend: BY.cacheOperation }],
    ),
    table(
      { title: 'Key patterns', description: 'All that is known of each pattern, over the time shown.' },
      BY.pattern,
      [
        { title: 'Lookups', unit: 'short', expr: all },
        { title: 'Hit rate', unit: 'percentunit', expr: ratio(inRange(METRIC_CACHE_HITS), `(${all})`) },
        { title: 'Misses', unit: 'short', expr: inRange(METRIC_CACHE_MISSES) },
        { title: 'Repeated misses', unit: 'short', expr: inRange(METRIC_CACHE_REPEATED_MISSES) },
        { title: 'Written without TTL', unit: 'short', expr: inRange(METRIC_CACHE_WRITES_WITHOUT_TTL) },
      ],
    ),
  ];
  return { title: 'Hit rate per cache and key pattern', panels };
}

/** What is seen of caches above the network, such as `TracedCache`. */
export function appLevel(queries: Queries): Row {
  const scope = 'cache';
  const loads = queries.perSecond(METRIC_CACHE_LOAD_DURATION, scope, BY.cache, '_count');
  const joined = queries.perSecond(METRIC_CACHE_COALESCED, scope, BY.cache);
  const panels = [
    lines({ title: 'Operations, p99', unit: 's', description: 'From the call to the answer, loading included.' }, [
      {
        expr: queries.quantile(0.99, METRIC_CACHE_OPERATION_DURATION, scope, BY.cacheOperation),
        legend: BY.cacheOperation,
      },
    ]),
    lines({ title: 'Loads, p99', unit: 's', description: 'What a miss costs: the loader alone.' }, [
      { expr: queries.quantile(0.99, METRIC_CACHE_LOAD_DURATION, scope, BY.cache), legend: BY.cache },
    ]),
    stacked(
      { title: 'Loads', unit: 'ops', description: 'Those that were made, and calls that joined one in flight.' },
      [
        { expr: loads, legend: `${named(BY.cache)} loaded` },
        { expr: joined, legend: `${named(BY.cache)} joined` },
      ],
    ),
    stacked({ title: 'Hits per level', unit: 'ops', description: 'Which level of a cache with several answered.' }, [
      { expr: queries.hitsPerLevel(), legend: BY.level },
    ]),
  ];
  return { title: 'Caches of the application', panels };
}

/** What is seen of caches in the memory of the process. */
export function inProcess(queries: Queries): Row {
  const panels = [
    lines({ title: 'Entries', unit: 'short', description: 'What caches in the memory of the processes hold.' }, [
      { expr: queries.level(METRIC_CACHE_ENTRIES, 'cache', BY.cache), legend: BY.cache },
    ]),
    lines(
      {
        title: 'Estimated size',
        unit: 'short',
        description: 'In what is counted there: sizeCalculation of lru-cache, the estimate of node-cache.',
      },
      [{ expr: queries.level(METRIC_CACHE_ESTIMATED_SIZE, 'cache', BY.cache), legend: BY.cache }],
    ),
    stacked({ title: 'Evictions', unit: 'ops', description: 'By reason. Many of them: the cache is too small.' }, [
      { expr: queries.perSecond(METRIC_CACHE_EVICTIONS, 'cache', BY.eviction), legend: BY.eviction },
    ]),
  ];
  return { title: 'Caches in the process', panels };
}

export function sizes(queries: Queries): Row {
  const metric = METRIC_CACHE_VALUE_SIZE;
  const by = BY.cacheOperation;
  const panels = [
    lines({ title: 'Value size', unit: 'bytes', description: 'Mean of what an operation reads or writes.' }, [
      { expr: queries.mean(metric, 'cache', by), legend: by },
    ]),
    lines(
      {
        title: 'Value size, p99',
        unit: 'bytes',
        description: 'Large values fill the memory and hold up the connection.',
      },
      [{ expr: queries.quantile(0.99, metric, 'cache', by), legend: by }],
    ),
    stacked({ title: 'Bytes moved', unit: 'Bps', description: 'What the values take of the network.' }, [
      { expr: queries.perSecond(metric, 'cache', by, '_sum'), legend: by },
    ]),
    lines(
      {
        title: 'Writes without TTL',
        unit: 'ops',
        description: 'Values that grow old and never leave, unless the server evicts them.',
      },
      [{ expr: queries.perSecond(METRIC_CACHE_WRITES_WITHOUT_TTL, 'pattern', BY.pattern), legend: BY.pattern }],
    ),
  ];
  return { title: 'Sizes and lifetimes', panels };
}

export function stampedes(queries: Queries): Row {
  const repeated = queries.perSecond(METRIC_CACHE_REPEATED_MISSES, 'pattern', BY.pattern);
  const panels = [
    lines(
      {
        title: 'Repeated misses',
        unit: 'ops',
        description:
          'A peak is a stampede: many callers load the same key at once. A constant line is a key that is never written.',
      },
      [{ expr: repeated, legend: BY.pattern }],
    ),
    lines(
      {
        title: 'Share of the misses that repeat another',
        unit: 'percentunit',
        description: 'Near 0 where each miss is loaded and written at once.',
      },
      [{ expr: ratio(repeated, queries.perSecond(METRIC_CACHE_MISSES, 'pattern', BY.pattern)), legend: BY.pattern }],
    ),
  ];
  return { title: 'Stampedes', panels };
}
