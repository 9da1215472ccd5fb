import { deepEqual, equal } from 'node:assert/strict';
import { METRIC_CACHE_MISSES } from '../../src/semconv';
import { type RedisServer, startRedis } from '../support/servers';
import { type Observed, observe, runAll, total } from './observed';

const PRELOADS = ['require', 'import'] as const;
const PROGRAMS = ['preload-worker.js', 'preload-cluster.js', 'preload-loader.mjs'] as const;

/** What each program prints, and how often it reads its cache. */
const EXPECTED = {
  'preload-worker.js': { stdout: 'worker 0\n', reads: 1 },
  'preload-cluster.js': { stdout: 'worker 0 null\nworker 0 null\n', reads: 2 },
  'preload-loader.mjs': { stdout: 'null\n', reads: 1 },
};

describe('the preload in threads and processes', function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let runs: Record<string, Observed>;

  before(async () => {
    redis = await startRedis();
    const env = {
      REDIS_URL: redis.url,
      OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false',
      OTEL_INSTRUMENTATION_CACHE_DIAGNOSE: 'true',
    };
    const tasks = PROGRAMS.flatMap((file) =>
      PRELOADS.map((preload) => [`${file} ${preload}`, () => observe(file, { preload, env })] as const),
    );
    runs = await runAll(Object.fromEntries(tasks));
  });

  after(() => redis.stop());

  for (const file of PROGRAMS) {
    for (const preload of PRELOADS) {
      it(`observes and flushes ${file} (--${preload})`, () => {
        const { code, stdout, ours, received } = runs[`${file} ${preload}`]!;
        const { stdout: expected, reads } = EXPECTED[file];
        deepEqual([code, stdout], [0, expected]);
        deepEqual(
          ours,
          Array.from({ length: reads }, () => 'GET task:*'),
        );
        const misses = received.metricPoints().filter(({ name }) => name === METRIC_CACHE_MISSES);
        equal(
          misses.reduce((sum, { value }) => sum + value!, 0),
          reads,
        );
        equal(total(received, METRIC_CACHE_MISSES), 1);
      });
    }
  }

  it("does nothing in the thread of an application's module hooks", () => {
    for (const preload of PRELOADS) {
      const { stderr } = runs[`preload-loader.mjs ${preload}`]!;
      deepEqual(stderr.match(/diagnosis \(\w+\)/g), ['diagnosis (loaded)', 'diagnosis (exit)']);
    }
  });
});
