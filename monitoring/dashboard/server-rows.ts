// How the servers answer, and the connections to them.

import {
  METRIC_DB_CLIENT_CONNECTION_COUNT,
  METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
  METRIC_DB_CLIENT_CONNECTION_LIMIT,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
  METRIC_DB_CLIENT_CONNECTION_USE_TIME,
  METRIC_DB_CLIENT_CONNECTION_WAIT_TIME,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../src/semconv';
import { type Labels } from '../promql';
import { heatmap, lines, named, stacked } from './panels';
import { BY, type Queries } from './queries';
import type { Row } from './rows';

export function latencies(queries: Queries): Row {
  const metric = METRIC_DB_CLIENT_OPERATION_DURATION;
  const panels = [
    lines(
      { title: 'Latency', unit: 's', description: 'Of all remote operations, from the call to the answer.' },
      [0.5, 0.95, 0.99].map((share) => ({
        expr: queries.quantile(share, metric, 'service', BY.all),
        legend: `p${share * 100}`,
      })),
    ),
    heatmap(
      {
        title: 'Latency, how it is spread',
        unit: 's',
        description: 'Two bands tell of two kinds of operations, or of two servers.',
      },
      queries.perSecond(metric, 'service', ['le'], '_bucket'),
    ),
    lines(
      {
        title: 'Latency p99 per server',
        unit: 's',
        description: 'One that is slower than the others is busy, or far away.',
      },
      [{ expr: queries.quantile(0.99, metric, 'service', BY.server), legend: BY.server }],
    ),
    lines(
      {
        title: 'Latency p99 per operation',
        unit: 's',
        description: 'One that is slower than the others does too much at once.',
      },
      [{ expr: queries.quantile(0.99, metric, 'service', BY.serverOperation), legend: BY.serverOperation }],
    ),
  ];
  return { title: 'Latency', panels };
}

export function pools(queries: Queries): Row {
  const p99 = (title: string, description: string, metric: string) =>
    lines({ title, unit: 's', description }, [
      { expr: queries.quantile(0.99, metric, 'pool', BY.pool), legend: BY.pool },
    ]);
  const level = (metric: string, by: Labels): string => queries.level(metric, 'pool', by);
  const panels = [
    lines({ title: 'Connections', unit: 'short', description: 'By state, and how many there may be.' }, [
      { expr: level(METRIC_DB_CLIENT_CONNECTION_COUNT, BY.poolState), legend: BY.poolState },
      {
        expr: level(METRIC_DB_CLIENT_CONNECTION_LIMIT, BY.pool),
        legend: `${named(BY.pool)} limit`,
      },
    ]),
    lines({ title: 'Requests that wait', unit: 'short', description: 'More than 0: the pool is exhausted.' }, [
      { expr: level(METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS, BY.pool), legend: BY.pool },
    ]),
    lines({ title: 'Requests given up', unit: 'ops', description: 'No connection became free in time.' }, [
      { expr: queries.perSecond(METRIC_DB_CLIENT_CONNECTION_TIMEOUTS, 'pool', BY.pool), legend: BY.pool },
    ]),
    p99(
      'Wait for a connection, p99',
      'How long it takes to get one from the pool.',
      METRIC_DB_CLIENT_CONNECTION_WAIT_TIME,
    ),
    p99('Use of a connection, p99', 'How long one is away from its pool.', METRIC_DB_CLIENT_CONNECTION_USE_TIME),
    p99('Time to connect, p99', 'Of each new connection, in a pool or not.', METRIC_DB_CLIENT_CONNECTION_CREATE_TIME),
  ];
  return { title: 'Connections and pools', panels };
}

export function errors(queries: Queries): Row {
  const failed = queries.failures(BY.error);
  const panels = [
    stacked({ title: 'Errors', unit: 'ops', description: 'By what failed and how.' }, [
      { expr: failed, legend: BY.error },
    ]),
    lines({ title: 'Share of the operations that failed', unit: 'percentunit', description: 'Per server.' }, [
      { expr: queries.errorShare(BY.server), legend: BY.server },
    ]),
  ];
  return { title: 'Errors', panels };
}
