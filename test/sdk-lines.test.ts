import { deepEqual, match } from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import {
  ATTR_CACHE_HIT,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_NAME,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_DB_CLIENT_OPERATION_DURATION,
  SCOPE_NAME,
} from '../src/semconv';
import { OFFICIAL } from './peers/report';
import { observeAsGiven, ourSpans, total } from './preload/observed';
import { until } from './support/children';
import { ROOT, runFixture, startFixture } from './support/fixture';
import { installProject } from './support/installs';
import type { Received } from './support/otlp-receiver';
import { freePort, type RedisServer, startRedis } from './support/servers';
import { installNode } from './versions/installations';

interface Line {
  readonly sdk: string;
  readonly metrics: string;
  readonly api: string;
  /** Absent: that which runs the tests. */
  readonly node?: string;
  /** The official instrumentations that are made for it; absent: those of `test/peers` are. */
  readonly official?: string;
}

/** The oldest and the newest of 2.x, and the newest of 3.x on the oldest Node that it supports and on one with other module hooks. */
const LINES: readonly Line[] = [
  { sdk: '0.200.0', metrics: '2.0.0', api: '1.9.0' },
  { sdk: '0.223.0', metrics: '2.12.0', api: '1.9.1' },
  { sdk: '0.301.0', metrics: '3.1.0', api: '1.10.0', node: '22.15.0', official: '0.72.0' },
  { sdk: '0.301.0', metrics: '3.1.0', api: '1.10.0', node: '24.21.0', official: '0.72.0' },
];

const PRELOAD = ['--require', `${SCOPE_NAME}/register`];

/** @param names of our spans below that of the request */
function assertOneTrace(received: Received, names: readonly string[]): void {
  const { spanId } = received.spans().find(({ name }) => name === 'request')!;
  deepEqual(
    ourSpans(received)
      .filter(({ parentSpanId }) => parentSpanId !== undefined)
      .map(({ name, parentSpanId }) => [name, parentSpanId]),
    names.map((name) => [name, spanId]),
  );
}

for (const { sdk, metrics, api, node: wanted, official } of LINES) {
  const versions = `SDK ${metrics} (sdk-node ${sdk}, API ${api})${wanted === undefined ? '' : ` on Node ${wanted}`}`;
  describe(`a project with ${versions}`, function () {
    this.timeout(120_000);
    let redis: RedisServer;
    let folder: string;
    let node: string;

    before(async () => {
      redis = await startRedis();
      node = wanted === undefined ? process.execPath : await installNode(wanted);
      folder = installProject(`sdk-${sdk}`, {
        '@opentelemetry/api': api,
        '@opentelemetry/exporter-metrics-otlp-http': sdk,
        '@opentelemetry/sdk-metrics': metrics,
        '@opentelemetry/sdk-node': sdk,
        ...(official === undefined ? {} : { [OFFICIAL]: official, '@opentelemetry/instrumentation-redis': official }),
        ioredis: '5.11.1',
        redis: '5.12.1',
      });
      cpSync(join(ROOT, 'test/fixtures'), folder, { recursive: true });
    });
    after(() => redis.stop());

    const variables = () => ({ REDIS_URL: redis.url, OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' });

    function observe(fixture: string, args: string[], nodeArgs: string[], env: Record<string, string> = {}) {
      return observeAsGiven(join(folder, fixture), {
        node,
        cwd: folder,
        env: { ...variables(), ...env },
        args,
        nodeArgs,
      });
    }

    const counts = (received: Received) =>
      [
        METRIC_CACHE_OPERATIONS,
        METRIC_CACHE_HITS,
        METRIC_CACHE_MISSES,
        METRIC_DB_CLIENT_OPERATION_DURATION,
        METRIC_CACHE_VALUE_SIZE,
      ].map((name) => total(received, name));

    it('the preload starts it: spans and metrics are exported', async () => {
      const { code, stdout, stderr, received } = await observe('preload-app.js', [], PRELOAD);
      deepEqual([code, stdout, stderr], [0, 'null Ada 1\n', '']);
      deepEqual(
        ourSpans(received).map(({ name }) => name),
        ['GET profile:*', 'SET profile:*', 'GET profile:*', 'DEL profile:*'],
      );
      deepEqual(counts(received), [4, 1, 1, 4, 2]);
    });

    it('the preload goes round those parts of it that cost most', async () => {
      const { stdout, stderr } = await runFixture(join(folder, 'sdk-parts.js'), { node, cwd: folder });
      deepEqual([stdout, stderr], ['true 1\n', '']);
    });

    it('the preload prints metrics with OTEL_METRICS_EXPORTER=console', async () => {
      const { stdout } = await observe('preload-app.js', [], PRELOAD, { OTEL_METRICS_EXPORTER: 'console' });
      match(stdout, /'cache\.hits'/);
    });

    it('the preload is scraped with OTEL_METRICS_EXPORTER=prometheus', async () => {
      const port = String(await freePort());
      const env = { ...variables(), OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: port };
      const program = join(folder, 'preload-endings.js');
      const running = startFixture(program, { node, cwd: folder, env, args: ['signal'], nodeArgs: PRELOAD });
      await running.printed(/^ready$/m);
      const page = () => fetch(`http://127.0.0.1:${port}/metrics`).then((response) => response.text());
      await until(async () => (await page()).includes('cache_misses_total'), 'the page has our metrics');
      running.child.kill('SIGTERM');
      await running.done;
    });

    it('the preload joins one that the application starts', async () => {
      const { code, stdout, stderr, received } = await observe('preload-own-sdk.js', ['top'], PRELOAD);
      deepEqual([code, stdout, stderr], [0, 'tea null\n', '']);
      deepEqual(counts(received), [3, 1, 1, 3, 2]);
    });

    it('the preload joins one that an ES module starts, with a copy of the API of its own', async () => {
      const { code, stdout, stderr, received } = await observe('preload-own-sdk.mjs', [], PRELOAD);
      deepEqual([code, stdout, stderr], [0, 'tea null\n', '']);
      assertOneTrace(received, ['GET item:*', 'GET item:*']);
      deepEqual(counts(received), [3, 1, 1, 3, 2]);
    });

    for (const fixture of ['preload-traced.mjs', 'preload-imports.js']) {
      it(`the preload starts it for an ES module that has got its tracer before (${fixture})`, async () => {
        const env = { OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'true' };
        const { code, stdout, stderr, received } = await observe(fixture, [], PRELOAD, env);
        deepEqual([code, stdout, stderr], [0, 'Ada\n', '']);
        assertOneTrace(received, ['SET user:*', 'GET user:*']);
      });
    }

    for (const fixture of official === undefined ? [] : ['sdk-official.js', 'sdk-official.mjs']) {
      it(`beside the official instrumentations (${official}) a command has one span, with what we know of it (${fixture})`, async () => {
        const { code, stdout, stderr, received } = await observe(fixture, [], PRELOAD);
        deepEqual([code, stdout, stderr], [0, 'tea tea null\n', '']);
        deepEqual(ourSpans(received), []);
        const told = received.spans().filter(({ attributes }) => attributes[ATTR_CACHE_NAME] !== undefined);
        deepEqual(
          told
            .map(({ name, attributes }) => [name, attributes[ATTR_CACHE_KEY_PATTERN], attributes[ATTR_CACHE_HIT]])
            .sort(),
          [
            ['get', 'item:*', true],
            ['redis-GET', 'item:*', false],
            ['redis-GET', 'item:*', true],
            ['set', 'item:*', undefined],
          ],
        );
        deepEqual(counts(received), [4, 2, 1, 4, 3]);
      });
    }

    const bootstraps = { alone: ['.js'], 'as an ES module': ['.mjs'], 'and our producer': ['.js', 'producer'] };
    for (const [title, [extension, ...args]] of Object.entries(bootstraps)) {
      it(`a bootstrap with our instrumentation ${title}`, async () => {
        const { code, stdout, stderr, received } = await observe(`sdk-bootstrap${extension}`, args, []);
        deepEqual([code, stdout, stderr], [0, 'tea null\n', '']);
        assertOneTrace(received, ['SET item:*', 'GET item:*', 'GET item:*']);
        deepEqual(counts(received), [3, 1, 1, 3, 2]);
      });
    }
  });
}
