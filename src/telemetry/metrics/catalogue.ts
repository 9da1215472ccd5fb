import type { Attributes } from '@opentelemetry/api';
import type { Settings } from '../../config';
import {
  LEGACY_METRIC_CACHE_LATENCY,
  METRIC_CACHE_HIT_RATE,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_CACHE_REPEATED_MISSES,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_CACHE_WRITES_WITHOUT_TTL,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../semconv';
import type { PatternRow } from '../cache';
import { DURATION_BOUNDS, type Histogram, LATENCY_BOUNDS, SIZE_BOUNDS } from '../histogram';
import type { Statistics } from '../statistics';
import { COALESCED, LOAD_DURATION, OPERATION_DURATION } from './app-level-metrics';
import {
  ACQUIRE_TIME,
  CONNECTION_COUNT,
  CONNECTION_LIMIT,
  CONNECTION_TIMEOUTS,
  CREATE_TIME,
  LEGACY_LEVELS,
  PENDING_REQUESTS,
  USE_TIME,
  WAIT_TIME,
} from './connection-metrics';
import { ENTRIES, ESTIMATED_SIZE, EVICTIONS } from './in-process-metrics';

/** A metric as it is announced. */
export interface MetricDescription {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

/** A count that only grows; `read` tells its value since the statistics began, once per set of attributes. */
export interface CounterMetric extends MetricDescription {
  readonly read: (statistics: Statistics, point: (value: number, attributes: Attributes) => void) => void;
}

/** A count that rises and falls; `read` tells it as it is now, once per set of attributes. */
export interface LevelMetric extends MetricDescription {
  /** In the scope of the older names, where it is a gauge. */
  readonly legacy?: boolean;
  readonly read: CounterMetric['read'];
}

/** A distribution; `read` tells it since the statistics began, once per set of attributes. */
export interface HistogramMetric extends MetricDescription {
  readonly bounds: readonly number[];
  /** In the scope of the older names. */
  readonly legacy?: boolean;
  readonly read: (statistics: Statistics, point: (histogram: Histogram, attributes: Attributes) => void) => void;
}

function perPattern(value: (row: PatternRow) => number, shown: (row: PatternRow) => boolean): CounterMetric['read'] {
  return (statistics, point) => {
    for (const cache of statistics.caches()) {
      for (const row of cache.patternRows()) if (shown(row)) point(value(row), row.attributes);
    }
  };
}

// Hits and misses come together, so that a ratio can be formed where one of them is 0.
const lookedUp = ({ hits, misses }: PatternRow) => hits + misses > 0;

export const COUNTERS: readonly CounterMetric[] = [
  {
    name: METRIC_CACHE_OPERATIONS,
    unit: '{operation}',
    description: 'Operations on a cache',
    read: (statistics, point) => {
      for (const cache of statistics.caches()) {
        for (const row of cache.countRows()) if (row.count > 0) point(row.count, row.attributes);
      }
    },
  },
  {
    name: METRIC_CACHE_HITS,
    unit: '{hit}',
    description: 'Keys looked up and found',
    read: perPattern((row) => row.hits, lookedUp),
  },
  {
    name: METRIC_CACHE_MISSES,
    unit: '{miss}',
    description: 'Keys looked up and not found',
    read: perPattern((row) => row.misses, lookedUp),
  },
  {
    name: METRIC_CACHE_REPEATED_MISSES,
    unit: '{miss}',
    description: 'Misses of a key that was already missed and not yet written',
    read: perPattern(
      (row) => row.repeatedMisses,
      // Nobody looks at the keys of a cache in this process: its row has no pattern.
      (row) => row.misses > 0 && (row.pattern !== undefined || row.repeatedMisses > 0),
    ),
  },
  {
    name: METRIC_CACHE_WRITES_WITHOUT_TTL,
    unit: '{write}',
    description: 'Values written to stay for ever',
    read: perPattern(
      (row) => row.writesWithoutTtl,
      (row) => row.writesWithoutTtl > 0,
    ),
  },
  COALESCED,
  EVICTIONS,
  CONNECTION_TIMEOUTS,
];

export const DURATION: HistogramMetric = {
  name: METRIC_DB_CLIENT_OPERATION_DURATION,
  unit: 's',
  description: 'Duration of database client operations',
  bounds: DURATION_BOUNDS,
  read: (statistics, point) => {
    for (const durations of statistics.allDurations()) {
      for (const row of durations.rows()) if (row.histogram.count > 0) point(row.histogram, row.attributes);
    }
  },
};

export const VALUE_SIZE: HistogramMetric = {
  name: METRIC_CACHE_VALUE_SIZE,
  unit: 'By',
  description: 'Size of the values that an operation read or wrote',
  bounds: SIZE_BOUNDS,
  read: (statistics, point) => {
    for (const cache of statistics.caches()) {
      for (const row of cache.operationRows()) if (row.sizes.count > 0) point(row.sizes, row.attributes);
    }
  },
};

export const LATENCY: HistogramMetric = {
  name: LEGACY_METRIC_CACHE_LATENCY,
  unit: 'ms',
  description: 'Duration of cache operations',
  bounds: LATENCY_BOUNDS,
  legacy: true,
  read: (statistics, point) => {
    for (const cache of statistics.caches()) {
      for (const row of cache.operationRows()) if (row.latencies.count > 0) point(row.latencies, row.attributes);
    }
  },
};

/** The levels that the settings ask for; the limit of a pool and the contents of caches have no older names. */
export function levels({ semconv }: Settings): readonly LevelMetric[] {
  const always = [CONNECTION_LIMIT, ENTRIES, ESTIMATED_SIZE];
  if (semconv === 'stable') return [CONNECTION_COUNT, PENDING_REQUESTS, ...always];
  if (semconv === 'legacy') return [...always, ...LEGACY_LEVELS];
  return [CONNECTION_COUNT, PENDING_REQUESTS, ...always, ...LEGACY_LEVELS];
}

export const HIT_RATE: MetricDescription = {
  name: METRIC_CACHE_HIT_RATE,
  unit: '1',
  description: 'Share of the lookups since the last collection that found their key',
};

/** The histograms that the settings ask for. App-level operations, creation and use of connections have no older names. */
export function histograms({ semconv }: Settings): readonly HistogramMetric[] {
  const always = [VALUE_SIZE, OPERATION_DURATION, LOAD_DURATION, CREATE_TIME, USE_TIME];
  if (semconv === 'stable') return [DURATION, ...always, WAIT_TIME];
  if (semconv === 'legacy') return [...always, LATENCY, ACQUIRE_TIME];
  return [DURATION, ...always, WAIT_TIME, LATENCY, ACQUIRE_TIME];
}
