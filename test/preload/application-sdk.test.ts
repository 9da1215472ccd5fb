import { deepEqual, doesNotMatch, equal } from 'node:assert/strict';
import { join } from 'node:path';
import {
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../src/semconv';
import { ROOT, runFixture } from '../support/fixture';
import { type RedisServer, startRedis } from '../support/servers';
import { type Observed, observe, ourSpans, runAll, total } from './observed';

const APPLICATION = 'preload-own-sdk.js';
const OTEL = join(ROOT, 'test/fixtures/preload-otel.js');
const RUNS = ['top', 'await', 'late', 'dynamic', 'module', 'required after', 'required before'] as const;

describe('the preload and an SDK of the application', function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let runs: Record<(typeof RUNS)[number], Observed>;

  before(async () => {
    redis = await startRedis();
    // Its diagnostics tell of a second SDK.
    const env = { REDIS_URL: redis.url, OTEL_LOG_LEVEL: 'warn' };
    const traced = { ...env, OTEL_SERVICE_NAME: 'own' };
    runs = await runAll({
      top: () => observe(APPLICATION, { env, args: ['top'] }),
      await: () => observe(APPLICATION, { env, args: ['await'] }),
      late: () => observe(APPLICATION, { env, args: ['late'] }),
      dynamic: () => observe(APPLICATION, { env, args: ['dynamic'] }),
      module: () => observe('preload-own-sdk.mjs', { env, preload: 'import' }),
      'required after': () => observe('preload-own-request.js', { env: traced, nodeArgs: ['--require', OTEL] }),
      'required before': () =>
        observe('preload-own-request.js', { env: { ...traced, NODE_OPTIONS: `--require ${OTEL}` } }),
    });
  });

  after(() => redis.stop());

  for (const run of RUNS) {
    it(`joins it, and starts no second one (${run})`, () => {
      const { code, stdout, stderr, received } = runs[run];
      equal(code, 0);
      equal(stdout, 'tea null\n');
      doesNotMatch(stderr, /./);
      const request = received.spans().find(({ name }) => name === 'request')!;
      const ours = ourSpans(received);
      deepEqual(
        ours.map(({ name, parentSpanId }) => [name, parentSpanId]),
        [
          ['GET item:*', request.spanId],
          ['GET item:*', request.spanId],
        ],
      );
      const resources = [...received.spans(), ...received.metrics()].map(({ resource }) => resource['service.name']);
      deepEqual([...new Set(resources)], ['own']);
      deepEqual(
        [
          METRIC_CACHE_OPERATIONS,
          METRIC_CACHE_HITS,
          METRIC_CACHE_MISSES,
          // Its readers ask us: what was before the SDK is not lost.
          METRIC_DB_CLIENT_OPERATION_DURATION,
          METRIC_CACHE_VALUE_SIZE,
        ].map((name) => total(received, name)),
        [3, 1, 1, 3, 2],
      );
    });
  }

  it('serves an application that uses the API alone: its spans and ours are one trace', async () => {
    await redis.call('DEL', 'user:1');
    const { stdout, stderr, received } = await observe('preload-traced.js', { env: { REDIS_URL: redis.url } });
    deepEqual([stdout, stderr], ['null\nAda\n', '']);
    const byName = new Map(received.spans().map((span) => [span.name, span]));
    const [request, inner] = [byName.get('request')!, byName.get('inner')!];
    deepEqual([request.parentSpanId, inner.parentSpanId], [undefined, request.spanId]);
    deepEqual(
      ourSpans(received).map(({ name, parentSpanId }) => [name, parentSpanId]),
      [
        ['GET user:*', request.spanId],
        ['SET user:*', request.spanId],
        ['GET user:*', inner.spanId],
      ],
    );
  });

  it('shows an application what it would see without us', async () => {
    const env = { REDIS_URL: redis.url };
    const [plain, observed] = await Promise.all([
      runFixture('preload-inspects.js', { env }),
      observe('preload-inspects.js', { env }),
    ]);
    equal(observed.stdout, plain.stdout.replace('untouched', 'patched'));
    equal(observed.stderr, '');
  });
});
