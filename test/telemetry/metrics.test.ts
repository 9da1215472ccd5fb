import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { useRedis } from '../adapters/ioredis/use-redis';
import { observe } from '../adapters/observe';
import { DURATION_BOUNDS, LATENCY_BOUNDS, SIZE_BOUNDS } from '../../src/telemetry/histogram';
import type { MetricData } from '../support/telemetry-data';

/** Name, kind, unit and attributes of a metric, as the contract has them. */
type Row = readonly [name: string, type: MetricData['type'], unit: string, attributes: readonly string[]];

const TARGET = ['db.namespace', 'db.operation.name', 'db.system.name', 'server.address', 'server.port'];
const STABLE: readonly Row[] = [
  ['cache.hit_rate', 'gauge', '1', ['cache.name']],
  ['cache.hits', 'sum', '{hit}', ['cache.key_pattern', 'cache.name']],
  ['cache.misses', 'sum', '{miss}', ['cache.key_pattern', 'cache.name']],
  ['cache.operations', 'sum', '{operation}', ['cache.name', 'cache.operation', 'db.system.name']],
  ['cache.repeated_misses', 'sum', '{miss}', ['cache.key_pattern', 'cache.name']],
  ['cache.value_size', 'histogram', 'By', ['cache.name', 'cache.operation']],
  ['cache.writes_without_ttl', 'sum', '{write}', ['cache.key_pattern', 'cache.name']],
  ['db.client.connection.create_time', 'histogram', 's', ['db.client.connection.pool.name']],
  ['db.client.operation.duration', 'histogram', 's', TARGET],
];
const LEGACY: Row = ['cache.latency', 'histogram', 'ms', ['cache.name', 'cache.operation']];
const BOUNDS: Record<string, readonly number[]> = {
  'cache.value_size': SIZE_BOUNDS,
  'db.client.connection.create_time': DURATION_BOUNDS,
  'db.client.operation.duration': DURATION_BOUNDS,
  'cache.latency': LATENCY_BOUNDS,
};

describe('metrics of remote operations', () => {
  const server = useRedis();

  for (const semconv of ['stable', 'legacy', 'dup'] as const) {
    describe(`semconv=${semconv}`, () => {
      const observer = observe({ semconv });

      it('names, units, attributes and buckets are those of the contract', async () => {
        const redis = await server.connect({ connectionName: `shapes-${semconv}` });
        await redis.set('key', 'value');
        await redis.get('key');
        await redis.get('none');
        const points = (await observer.sdk.collectMetrics()).filter(({ scope }) =>
          scope.name.startsWith('opentelemetry-'),
        );
        const rows = STABLE.filter(([name]) => semconv !== 'legacy' || name !== 'db.client.operation.duration');
        const expected = semconv === 'stable' ? rows : [...rows, LEGACY];
        const seen = new Map<string, Row>();
        for (const { name, type, unit, attributes, scope, histogram, monotonic } of points) {
          const keys = Object.keys(attributes).sort();
          const plain = keys.filter((key) => key !== 'error.type' && key !== 'db.response.status_code');
          seen.set(name, [name, type, unit, plain]);
          assert.equal(scope.name, `opentelemetry-instrumentation-cache${name === 'cache.latency' ? '/legacy' : ''}`);
          if (histogram !== undefined) assert.deepEqual(histogram.bounds, BOUNDS[name]);
          if (type === 'sum') assert.equal(monotonic, true);
        }
        const sorted = [...seen.values()].sort(([one], [other]) => (one < other ? -1 : 1));
        assert.deepEqual(
          sorted,
          [...expected].sort(([one], [other]) => (one < other ? -1 : 1)),
        );
      });
    });
  }

  describe('values', () => {
    const observer = observe({ spans: 'none' });
    const value = async (name: string, attributes: Record<string, unknown>) => {
      const points = await observer.points(name, attributes);
      return points.reduce((sum, point) => sum + (point.value ?? point.histogram!.count), 0);
    };

    it('many clients that share a cache: one row of each', async () => {
      const cache = randomUUID();
      const clients = await Promise.all(Array.from({ length: 10 }, () => server.connect({ connectionName: cache })));
      await clients[0]!.set('a', 'x');
      await Promise.all(clients.map((redis) => redis.get('a')));
      assert.equal(await value('cache.hits', { 'cache.name': cache }), 10);
      assert.equal((await observer.points('cache.hits', { 'cache.name': cache })).length, 1);
      assert.equal(await value('cache.operations', { 'cache.name': cache, 'cache.operation': 'get' }), 10);
      assert.equal((await observer.points('cache.hit_rate', { 'cache.name': cache }))[0]!.value, 1);
    });

    it('clients of one server under several names, and one without: a cache each', async () => {
      const names = [randomUUID(), randomUUID()];
      for (const name of names) await (await server.connect({ connectionName: name })).get('none');
      await (await server.connect()).get('none');
      for (const name of [...names, server.address]) {
        assert.equal(await value('cache.misses', { 'cache.name': name, 'cache.key_pattern': 'none' }), 1, name);
      }
    });

    it('several databases: a cache and a namespace each', async () => {
      const redis = await server.connect({ db: 3 });
      await redis.get('db');
      await redis.select(5);
      await redis.get('db');
      for (const database of ['3', '5']) {
        const name = `${server.address}/${database}`;
        assert.equal(await value('cache.misses', { 'cache.name': name }), 1);
        const target = { 'db.namespace': database, 'server.port': server.server.port };
        assert.equal(await value('db.client.operation.duration', { ...target, 'db.operation.name': 'GET' }), 1);
      }
    });

    it('repeated misses, until the key is written; writes without a TTL', async () => {
      const cache = { 'cache.name': randomUUID() };
      const redis = await server.connect({ connectionName: cache['cache.name'] });
      for (let i = 0; i < 3; i++) await redis.get('again:1');
      await redis.get('again:2');
      assert.equal(await value('cache.repeated_misses', cache), 2);
      await redis.set('again:1', 'x', 'EX', 10);
      await redis.del('again:1');
      await redis.get('again:1');
      assert.equal(await value('cache.repeated_misses', cache), 2);
      assert.equal(await value('cache.writes_without_ttl', cache), 0);
      await redis.set('again:1', 'x');
      assert.equal(await value('cache.writes_without_ttl', { ...cache, 'cache.key_pattern': 'again:*' }), 1);
    });

    it('sizes in bytes, of what is read and of what is written', async () => {
      const cache = { 'cache.name': randomUUID() };
      const redis = await server.connect({ connectionName: cache['cache.name'] });
      await redis.set('size', 'ü'.repeat(8));
      await redis.get('size');
      await redis.get('none');
      for (const operation of ['set', 'get']) {
        const [point] = await observer.points('cache.value_size', { ...cache, 'cache.operation': operation });
        const { count, sum, bucketCounts } = point!.histogram!;
        assert.deepEqual([count, sum, bucketCounts[0]], [1, 16, 1], operation);
      }
    });

    it('failures: their kind, no more than 30 of them, and no lookups', async () => {
      const cache = { 'cache.name': randomUUID() };
      const redis = await server.connect({ connectionName: cache['cache.name'] });
      await redis.lpush('list', 'x');
      await assert.rejects(redis.get('list'));
      const wrong = { 'error.type': 'WRONGTYPE', 'db.response.status_code': 'WRONGTYPE' };
      assert.equal(await value('db.client.operation.duration', { ...wrong, 'server.port': server.server.port }), 1);
      assert.deepEqual(await observer.points('cache.hits', cache), []);
      for (let i = 0; i < 40; i++) await assert.rejects(redis.eval(`return redis.error_reply('KIND${i} x')`, 0));
      const points = await observer.points('db.client.operation.duration', { 'db.operation.name': 'EVAL' });
      const types = new Set(points.map(({ attributes }) => attributes['error.type']));
      assert.equal(types.size, 31);
      assert.equal(await value('db.client.operation.duration', { 'error.type': '_OTHER' }), 10);
    });

    it('members of a batch count one by one; the batch is one duration', async () => {
      const cache = { 'cache.name': randomUUID() };
      const redis = await server.connect({ connectionName: cache['cache.name'] });
      await redis.pipeline().set('p', 'x').get('p').get('none').incr('number').exec();
      const operations = async (operation: string) =>
        value('cache.operations', { ...cache, 'cache.operation': operation });
      assert.deepEqual([await operations('get'), await operations('set'), await operations('increment')], [2, 1, 1]);
      assert.deepEqual([await value('cache.hits', cache), await value('cache.misses', cache)], [1, 1]);
      assert.equal(await value('db.client.operation.duration', { 'db.operation.name': 'PIPELINE' }), 1);
    });
  });

  describe('hit rate', () => {
    const observer = observe({ spans: 'none' }, { temporality: 'delta' });

    it('is of the lookups since the last collection; without any there is no point', async () => {
      const cache = { 'cache.name': randomUUID() };
      const redis = await server.connect({ connectionName: cache['cache.name'] });
      const rate = async () => (await observer.points('cache.hit_rate', cache)).map(({ value }) => value);
      await redis.set('rate', 'x');
      assert.deepEqual(await rate(), []);
      await redis.mget('rate', 'none');
      assert.deepEqual(await rate(), [0.5]);
      assert.deepEqual(await rate(), []);
      await redis.get('rate');
      assert.deepEqual(await rate(), [1]);
      await redis.get('none');
      assert.deepEqual(await rate(), [0]);
    });
  });
});
