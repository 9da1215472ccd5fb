import assert from 'node:assert/strict';
import { join } from 'node:path';
import { treeOf } from './app/trees';
import { ROOT, runFixture, startFixture } from './support/fixture';
import { startOtlpReceiver, type OtlpReceiver } from './support/otlp-receiver';
import { startRedis, type RedisServer } from './support/redis-server';
import type { SpanData } from './support/telemetry-data';

describe('examples of app-level caches', function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let receiver: OtlpReceiver;

  before(async () => {
    redis = await startRedis({});
  });
  after(() => redis.stop());
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
  });
  afterEach(() => receiver.close());

  const file = (name: string): string => join(ROOT, 'examples/app-level', name);
  const options = () => ({
    preload: 'require' as const,
    timeoutMs: 40_000,
    env: {
      ...receiver.env(),
      REDIS_URL: redis.url,
      PORT: '0',
      OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false',
    },
  });

  async function run(name: string): Promise<string[]> {
    const { stdout, stderr, code } = await runFixture(file(name), options());
    assert.deepEqual([code, stderr], [0, '']);
    return stdout.trim().split('\n');
  }

  const spans = (name: string): SpanData[] => receiver.spans().filter((span) => span.name === name);

  /** The spans of one trace, by its root. */
  const tree = (root: SpanData): string[] => treeOf(receiver.spans().filter(({ traceId }) => traceId === root.traceId));

  const LOAD = [
    'cache.get_or_set products',
    '  GET PREFIX:product:*',
    '  EVAL SERVER',
    '  cache.load products',
    '    SELECT products',
    '  SET PREFIX:product:*',
    '  EVAL {PREFIX:product:*}:lock',
  ];
  const load = (prefix: string): string[] =>
    LOAD.map((line) => line.replace('PREFIX', prefix).replace('SERVER', redis.url.replace('redis://', '')));

  for (const [name, prefix] of [
    ['express.js', 'express'],
    ['fastify.js', 'fastify'],
  ] as const) {
    it(name, async () => {
      const program = startFixture(file(name), options());
      const [, port] = await program.printed(/listening on http:\/\/\S+:(\d+)/);
      const ask = async (id: string): Promise<[number, unknown]> => {
        const response = await fetch(`http://localhost:${port}/products/${id}`);
        return [response.status, await response.json()];
      };
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('17')));
      for (const answer of answers) assert.deepEqual(answer, [200, { id: '17', name: 'Product 17' }]);
      assert.deepEqual(await ask('999'), [404, { error: 'no such product' }]);
      program.child.kill('SIGTERM');
      const { code, signal, stderr } = await program.done;
      assert.deepEqual([code, signal, stderr], [0, null, '']);
      await receiver.waitFor(() => spans('cache.load products').length >= 2, 'two loads');
      const loads = spans('cache.get_or_set products').filter((root) => tree(root).length > 2);
      assert.ok(
        loads.some((root) => tree(root).join('\n') === load(prefix).join('\n')),
        JSON.stringify(loads.map(tree), null, 1),
      );
      const hits = receiver
        .metrics()
        .filter(({ name: metric, attributes }) => metric === 'cache.misses' && attributes['cache.name'] === 'products');
      assert.ok(hits.reduce((sum, { value }) => sum + value!, 0) >= 2);
    });
  }

  it('two-levels.js', async () => {
    const lines = await run('two-levels.js');
    assert.deepEqual(
      lines.map((line) => line.replace(/, [\d.]+ ms/, '')),
      [
        'from the database: Product 17',
        'from the process: Product 17',
        'from Redis: Product 17',
        'after the deletion: nothing',
      ],
    );
    await receiver.waitFor(() => spans('cache.get products').length > 0, 'all spans');
    const levels = spans('cache.get_or_set products')
      .filter(({ parentSpanId }) => parentSpanId === undefined)
      .map(({ attributes }) => attributes['cache.hit_level']);
    assert.deepEqual(levels, [undefined, 'memory', 'redis']);
    assert.equal(spans('cache.load products').length, 1);
  });

  it('cache-aside.js', async () => {
    const lines = await run('cache-aside.js');
    assert.deepEqual(lines, ['50 callers got: Product 17', 'before the invalidation: Product 17', 'after it: Chair']);
    await receiver.waitFor(() => spans('cache.delete products').length === 2, 'all spans');
    assert.equal(spans('cache.load products').length, 2);
    const patterns = new Set(spans('cache.get_or_set products').map(({ attributes }) => attributes['cache.pattern']));
    assert.deepEqual([...patterns], ['cache-aside']);
    const coalesced = receiver.metrics().find(({ name }) => name === 'cache.coalesced');
    assert.equal(coalesced?.value, 49);
  });

  it('write-through.js', async () => {
    const lines = await run('write-through.js');
    assert.deepEqual(lines, [
      'saved, and in the cache: written',
      'read: Chair',
      'saved without Redis, and in the cache: stale',
      'read: Table',
    ]);
    await receiver.waitFor(() => spans('cache.persist products').length === 2, 'all spans');
    const [written, failed] = spans('cache.set products');
    assert.deepEqual(tree(written!), [
      'cache.set products',
      '  cache.persist products',
      '    UPDATE products',
      '  DEL {through:product:*}:lock',
      '  SET through:product:*',
    ]);
    assert.deepEqual([failed!.status.code, failed!.attributes['error.type']], ['UNSET', 'Error']);
  });
});
