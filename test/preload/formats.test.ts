import { deepEqual, equal, match } from 'node:assert/strict';
import { type FixtureResult, runFixture } from '../support/fixture';
import { type RedisServer, startRedis } from '../support/servers';
import { installNode } from '../versions/installations';
import { type Observed, observe, runAll, total } from './observed';
import { METRIC_CACHE_HITS, METRIC_CACHE_MISSES, METRIC_DB_CLIENT_OPERATION_DURATION } from '../../src/semconv';

const TSX = { require: ['--require', 'tsx/cjs'], import: ['--import', 'tsx'] };
const FORMATS = { CommonJS: 'preload-app.js', 'an ES module': 'preload-app.mjs', TypeScript: 'preload-app.ts' };
const PRELOADS = ['require', 'import'] as const;

type Run = { plain: FixtureResult; observed: Observed };

const SPANS = ['GET profile:*', 'SET profile:*', 'GET profile:*', 'DEL profile:*'];

describe('the preload, by the format of the application', () => {
  let redis: RedisServer;
  let runs: Record<string, Run>;

  async function run(file: string, preload: 'require' | 'import'): Promise<Run> {
    const nodeArgs = file.endsWith('.ts') ? TSX[preload] : [];
    const env = { REDIS_URL: redis.url, OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' };
    const plain = await runFixture(file, { nodeArgs, env });
    return { plain, observed: await observe(file, { preload, nodeArgs, env }) };
  }

  before(async function () {
    this.timeout(60_000);
    redis = await startRedis();
    // One format after the other: the programs of a format share their key.
    const both = async (file: string): Promise<Run[]> => [await run(file, 'require'), await run(file, 'import')];
    const tasks = Object.entries(FORMATS).map(([format, file]) => [format, () => both(file)] as const);
    const results = await runAll<string, Run[]>(Object.fromEntries(tasks));
    runs = Object.fromEntries(
      Object.entries(results).flatMap(([format, [required, imported]]) => [
        [`${format} require`, required!],
        [`${format} import`, imported!],
      ]),
    );
  });

  after(() => redis.stop());

  for (const format of Object.keys(FORMATS)) {
    for (const preload of PRELOADS) {
      it(`observes ${format} with --${preload} and lets it run as without`, () => {
        const { plain, observed } = runs[`${format} ${preload}`]!;
        equal(plain.stdout, 'null Ada 1\n');
        deepEqual(
          [observed.code, observed.signal, observed.stdout, observed.stderr],
          [plain.code, plain.signal, plain.stdout, plain.stderr],
        );
        deepEqual(observed.ours, SPANS);
        equal(total(observed.received, METRIC_CACHE_HITS), 1);
        equal(total(observed.received, METRIC_CACHE_MISSES), 1);
        equal(total(observed.received, METRIC_DB_CLIENT_OPERATION_DURATION), 4);
      });
    }
  }

  // The first has hooks of the module loader in a thread of their own, the other on the application's.
  for (const version of ['22.15.0', '24.21.0']) {
    for (const preload of PRELOADS) {
      it(`observes CommonJS in TypeScript that Node ${version} runs by itself, with --${preload}`, async function () {
        this.timeout(60_000);
        const node = await installNode(version);
        const env = { REDIS_URL: redis.url, OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' };
        const nodeArgs = ['--experimental-strip-types', '--no-warnings'];
        const { code, stdout, stderr, ours } = await observe('preload-app.cts', { node, preload, nodeArgs, env });
        deepEqual([code, stdout, stderr], [0, 'null Ada 1\n', '']);
        deepEqual(ours, SPANS);
      });
    }
  }

  it('observes what is required where Node may start no thread for the hooks of its module loader', async function () {
    this.timeout(60_000);
    const node = await installNode('22.15.0');
    const env = { REDIS_URL: redis.url, OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' };
    const nodeArgs = ['--permission', '--allow-fs-read=*', '--no-warnings'];
    const { code, stdout, stderr, ours } = await observe('preload-app.js', { node, preload: 'require', nodeArgs, env });
    deepEqual([code, stdout], [0, 'null Ada 1\n']);
    match(stderr, /^opentelemetry-instrumentation-cache: ES modules are not observed: .*restricted\n$/);
    deepEqual(ours, SPANS);
  });
});
