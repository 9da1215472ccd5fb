import assert from 'node:assert/strict';
import { METRIC_NAMES, prometheusName, ROUTES, seriesNames } from '../../monitoring/names';
import * as semconv from '../../src/semconv';

describe('the names of the metrics in Prometheus', () => {
  // As the Collector's translator documents them, and as the exporter of the JavaScript SDK writes them: see
  // `test/monitoring/prometheus.test.ts`.
  const expected: Record<string, [collector: string, jsExporter: string]> = {
    [semconv.METRIC_DB_CLIENT_OPERATION_DURATION]: [
      'db_client_operation_duration_seconds',
      'db_client_operation_duration',
    ],
    [semconv.METRIC_CACHE_HITS]: ['cache_hits_total', 'cache_hits_total'],
    [semconv.METRIC_CACHE_HIT_RATE]: ['cache_hit_rate_ratio', 'cache_hit_rate'],
    [semconv.METRIC_CACHE_VALUE_SIZE]: ['cache_value_size_bytes', 'cache_value_size'],
    [semconv.METRIC_DB_CLIENT_CONNECTION_COUNT]: ['db_client_connection_count', 'db_client_connection_count'],
    [semconv.METRIC_DB_CLIENT_CONNECTION_TIMEOUTS]: [
      'db_client_connection_timeouts_total',
      'db_client_connection_timeouts_total',
    ],
    [semconv.METRIC_DB_CLIENT_CONNECTION_WAIT_TIME]: [
      'db_client_connection_wait_time_seconds',
      'db_client_connection_wait_time',
    ],
  };

  for (const [name, names] of Object.entries(expected)) {
    it(name, () =>
      assert.deepEqual(
        ROUTES.map((route) => prometheusName(name, route)),
        names,
      ),
    );
  }

  it('are there for every metric', () => {
    const all = Object.entries(semconv).filter(([key]) => key.startsWith('METRIC_'));
    assert.deepEqual([...METRIC_NAMES].sort(), all.map(([, name]) => name).sort());
    for (const name of METRIC_NAMES) {
      for (const route of ROUTES)
        for (const series of seriesNames(name, route)) assert.match(series, /^[a-z]+(_[a-z]+)+$/);
    }
  });

  it('are refused for what is no metric', () => {
    assert.throws(() => prometheusName(semconv.ATTR_CACHE_NAME, 'collector'), /there is no metric 'cache.name'/);
  });
});
