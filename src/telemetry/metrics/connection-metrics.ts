import {
  LEGACY_METRIC_REDIS_POOL_ACQUIRE_TIME,
  LEGACY_METRIC_REDIS_POOL_AVAILABLE,
  LEGACY_METRIC_REDIS_POOL_PENDING,
  LEGACY_METRIC_REDIS_POOL_SIZE,
  METRIC_DB_CLIENT_CONNECTION_COUNT,
  METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
  METRIC_DB_CLIENT_CONNECTION_LIMIT,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
  METRIC_DB_CLIENT_CONNECTION_USE_TIME,
  METRIC_DB_CLIENT_CONNECTION_WAIT_TIME,
} from '../../semconv';
import type { ConnectionRow } from '../connections';
import { DURATION_BOUNDS, type Histogram, LATENCY_BOUNDS } from '../histogram';
import type { PoolState } from '../observed-pools';
import type { CounterMetric, HistogramMetric, LevelMetric } from './catalogue';

export const CONNECTION_TIMEOUTS: CounterMetric = {
  name: METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
  unit: '{timeout}',
  description: 'Requests to a pool that were given up because no connection became free in time',
  read: ({ connections }, point) => {
    for (const row of connections.rows()) if (row.timeouts > 0) point(row.timeouts, row.attributes);
  },
};

function perPool(value: (state: PoolState) => number | undefined): LevelMetric['read'] {
  return ({ connections }, point) => {
    for (const [row, state] of connections.states()) {
      const level = value(state);
      if (level !== undefined) point(level, row.attributes);
    }
  };
}

export const CONNECTION_COUNT: LevelMetric = {
  name: METRIC_DB_CLIENT_CONNECTION_COUNT,
  unit: '{connection}',
  description: 'Connections of a pool',
  read: ({ connections }, point) => {
    for (const [row, { idle, used }] of connections.states()) {
      point(idle, row.idle);
      point(used, row.used);
    }
  },
};

export const CONNECTION_LIMIT: LevelMetric = {
  name: METRIC_DB_CLIENT_CONNECTION_LIMIT,
  unit: '{connection}',
  description: 'The most connections that a pool may have',
  read: perPool(({ limit }) => limit),
};

export const PENDING_REQUESTS: LevelMetric = {
  name: METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  unit: '{request}',
  description: 'Requests that wait for a connection of a pool',
  read: perPool(({ pending }) => pending),
};

export const LEGACY_LEVELS: readonly LevelMetric[] = [
  {
    name: LEGACY_METRIC_REDIS_POOL_SIZE,
    unit: '{connection}',
    description: 'Connections of a pool',
    legacy: true,
    read: perPool(({ size }) => size),
  },
  {
    name: LEGACY_METRIC_REDIS_POOL_AVAILABLE,
    unit: '{connection}',
    description: 'Connections of a pool that are free',
    legacy: true,
    read: perPool(({ idle }) => idle),
  },
  {
    name: LEGACY_METRIC_REDIS_POOL_PENDING,
    unit: '{request}',
    description: 'Requests that wait for a connection of a pool',
    legacy: true,
    read: perPool(({ pending }) => pending),
  },
];

function perConnections(histogram: (row: ConnectionRow) => Histogram): HistogramMetric['read'] {
  return ({ connections }, point) => {
    for (const row of connections.rows()) if (histogram(row).count > 0) point(histogram(row), row.attributes);
  };
}

export const CREATE_TIME: HistogramMetric = {
  name: METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
  unit: 's',
  description: 'How long it took to make a connection, or to fail',
  bounds: DURATION_BOUNDS,
  read: ({ connections }, point) => {
    for (const row of connections.rows()) {
      for (const { histogram, attributes } of row.creationRows()) if (histogram.count > 0) point(histogram, attributes);
    }
  },
};

export const WAIT_TIME: HistogramMetric = {
  name: METRIC_DB_CLIENT_CONNECTION_WAIT_TIME,
  unit: 's',
  description: 'How long it took to get a connection from a pool',
  bounds: DURATION_BOUNDS,
  read: perConnections((row) => row.waitTimes),
};

export const USE_TIME: HistogramMetric = {
  name: METRIC_DB_CLIENT_CONNECTION_USE_TIME,
  unit: 's',
  description: 'How long a connection was away from its pool',
  bounds: DURATION_BOUNDS,
  read: perConnections((row) => row.useTimes),
};

export const ACQUIRE_TIME: HistogramMetric = {
  name: LEGACY_METRIC_REDIS_POOL_ACQUIRE_TIME,
  unit: 'ms',
  description: 'How long it took to get a connection from a pool',
  bounds: LATENCY_BOUNDS,
  legacy: true,
  read: perConnections((row) => row.acquireTimes),
};

export const CONNECTION_TIMES = [CREATE_TIME, WAIT_TIME, USE_TIME, ACQUIRE_TIME];
