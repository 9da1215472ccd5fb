import type { Observer } from '../adapters/observe';
import type { MetricData } from '../support/telemetry-data';
import {
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  ATTR_DB_CLIENT_CONNECTION_STATE,
  METRIC_DB_CLIENT_CONNECTION_COUNT,
  METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
  METRIC_DB_CLIENT_CONNECTION_LIMIT,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
  METRIC_DB_CLIENT_CONNECTION_USE_TIME,
  METRIC_DB_CLIENT_CONNECTION_WAIT_TIME,
} from '../../src/semconv';

/** What the metrics tell of one pool: undefined where there is no point. */
export interface PoolData {
  readonly idle: number | undefined;
  readonly used: number | undefined;
  readonly limit: number | undefined;
  readonly pending: number | undefined;
  readonly timeouts: number | undefined;
  /** Counts by `error.type`; '' for successes. */
  readonly created: Readonly<Record<string, number>>;
  readonly waited: number | undefined;
  readonly used_times: number | undefined;
}

/**
 * What is expected of a pool whose connections and requests all went well.
 * @param counts `used_times` left out: none was given back
 */
export function healthy(
  counts: Record<'idle' | 'used' | 'limit' | 'pending' | 'created' | 'waited', number> & { used_times?: number },
): PoolData {
  return { timeouts: undefined, used_times: undefined, ...counts, created: { '': counts.created } };
}

/** What the metrics tell of a pool now. */
export async function poolData({ sdk }: Pick<Observer, 'sdk'>, name: string): Promise<PoolData> {
  const points = (await sdk.collectMetrics()).filter(
    ({ attributes }) => attributes[ATTR_DB_CLIENT_CONNECTION_POOL_NAME] === name,
  );
  const one = (metric: string, state?: string): MetricData | undefined =>
    points.find(
      (point) =>
        point.name === metric && (state === undefined || point.attributes[ATTR_DB_CLIENT_CONNECTION_STATE] === state),
    );
  const created = points
    .filter((point) => point.name === METRIC_DB_CLIENT_CONNECTION_CREATE_TIME)
    .map((point) => [String(point.attributes['error.type'] ?? ''), point.histogram!.count]);
  return {
    idle: one(METRIC_DB_CLIENT_CONNECTION_COUNT, 'idle')?.value,
    used: one(METRIC_DB_CLIENT_CONNECTION_COUNT, 'used')?.value,
    limit: one(METRIC_DB_CLIENT_CONNECTION_LIMIT)?.value,
    pending: one(METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS)?.value,
    timeouts: one(METRIC_DB_CLIENT_CONNECTION_TIMEOUTS)?.value,
    created: Object.fromEntries(created) as Record<string, number>,
    waited: one(METRIC_DB_CLIENT_CONNECTION_WAIT_TIME)?.histogram?.count,
    used_times: one(METRIC_DB_CLIENT_CONNECTION_USE_TIME)?.histogram?.count,
  };
}
