import assert from 'node:assert/strict';
import { createCluster } from 'redis';
import { observe } from '../observe';
import { useCluster } from '../use-cluster';
import { overVersions } from './versions';

describe("redis: the client's own cache", () => {
  const observer = observe();

  /** What the spans tell: how each was answered, and what came of it. */
  const told = (): unknown[] =>
    observer
      .spans()
      .map(({ attributes }) => [
        attributes['cache.level'] ?? (attributes['cache.coalesced'] === true ? 'joined' : 'sent'),
        attributes['cache.hit'] ?? attributes['error.type'],
      ]);

  const sum = async (metric: string, name: string): Promise<number> =>
    (await observer.points(metric, { 'cache.name': name })).reduce((all, { value }) => all + (value as number), 0);

  overVersions('hits', { since: '5.9' }, (redis, version) => {
    it('a hit in the client is a lookup, told apart by its level', async () => {
      const name = `near-${version}`;
      const client = await redis.connect({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 10 }, name });
      await client.set('key', 'value');
      await observer.traced(async () => {
        for (let index = 0; index < 3; index++) assert.equal(await client.get('key'), 'value');
      });
      const levels = observer.spans().map(({ attributes }) => [attributes['cache.level'], attributes['cache.hit']]);
      assert.deepEqual(levels, [
        [undefined, true],
        ['client', true],
        ['client', true],
      ]);
      const hits = await observer.points('cache.hits', { 'cache.name': name });
      assert.deepEqual(hits.map(({ attributes, value }) => `${attributes['cache.level']} ${value}`).sort(), [
        'client 2',
        'undefined 1',
      ]);
    });
  });

  overVersions('reads that join one in flight', { since: '5.9' }, (redis, version) => {
    const clientSideCache = { ttl: 0, maxEntries: 10 };

    /** How many GETs the server has answered, as far as their duration was measured. */
    const requests = async (): Promise<number> =>
      (
        await observer.points('db.client.operation.duration', {
          'server.port': redis.server.port,
          'db.operation.name': 'GET',
        })
      ).reduce((all, { histogram }) => all + histogram!.count, 0);

    it('are operations and lookups of their own, and no requests to the server', async () => {
      const name = `joined-${version}`;
      const client = await redis.connect({ RESP: 3, clientSideCache, name });
      await redis.server.call('SET', 'key:1', 'value');
      const before = await requests();
      const parent = await observer.traced(async (own) => {
        assert.deepEqual(await Promise.all(['key:1', 'key:1', 'key:1'].map((key) => client.get(key))), [
          'value',
          'value',
          'value',
        ]);
        assert.deepEqual(await Promise.all([client.get('none:1'), client.get('none:1')]), [null, null]);
        return own;
      });
      assert.deepEqual(told(), [
        ['sent', true],
        ['joined', true],
        ['joined', true],
        ['sent', false],
        ['joined', false],
      ]);
      for (const { attributes, parentSpanId } of observer.spans()) {
        assert.equal(parentSpanId, parent.spanId);
        assert.equal(attributes['cache.value_size'], attributes['cache.hit'] === true ? 5 : undefined);
      }
      assert.equal(await sum('cache.operations', name), 5);
      assert.deepEqual([await sum('cache.hits', name), await sum('cache.misses', name)], [3, 2]);
      assert.equal(await sum('cache.coalesced', name), 3);
      assert.equal(await sum('cache.repeated_misses', name), 0);
      assert.equal((await requests()) - before, 2);
    });

    it('fail with it: each caller hears of it once, and each has a failed span', async () => {
      const client = await redis.connect({ RESP: 3, clientSideCache });
      await redis.server.call('LPUSH', 'list:1', 'x');
      const reasons: unknown[] = [];
      const listeners = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
      process.removeAllListeners('unhandledRejection').on('unhandledRejection', (reason) => reasons.push(reason));
      try {
        await observer.traced(async () => {
          const [sent, joined] = [client.get('list:1'), client.get('list:1')];
          void client.get('list:1');
          await assert.rejects(sent, /WRONGTYPE/);
          await assert.rejects(joined, /WRONGTYPE/);
        });
        await observer.spansOnce(3);
        await client.ping();
        assert.equal(reasons.length, 1);
      } finally {
        process.removeAllListeners('unhandledRejection');
        for (const listener of listeners) process.on('unhandledRejection', listener);
      }
      assert.deepEqual(told(), [
        ['sent', 'WRONGTYPE'],
        ['joined', 'WRONGTYPE'],
        ['joined', 'WRONGTYPE'],
      ]);
    });

    it('count where their keys do, and only there', async () => {
      const name = `selective-${version}`;
      observer.instrumentation.setConfig({ cachePrefixes: ['cached:'] });
      const client = await redis.connect({ RESP: 3, clientSideCache, name });
      for (const key of ['cached:1', 'lock:1']) await Promise.all([client.get(key), client.get(key)]);
      observer.instrumentation.setConfig({});
      assert.deepEqual([await sum('cache.misses', name), await sum('cache.coalesced', name)], [2, 1]);
    });

    it('of other clients of a pool', async () => {
      const { host, port } = redis.server;
      const pool = redis.core.createClientPool(
        { RESP: 3, socket: { host, port }, name: `pool-${version}` },
        { minimum: 2, clientSideCache },
      );
      redis.closing(pool).on('error', () => undefined);
      await pool.connect();
      await observer.traced(() => Promise.all([pool.get('key:1'), pool.get('key:1')]));
      assert.deepEqual(told(), [
        ['sent', false],
        ['joined', false],
      ]);
    });
  });

  describe('redis: of a cluster', () => {
    const servers = useCluster();

    it('reads that join one in flight', async () => {
      const rootNodes = servers.masters.map(({ host, port }) => ({ socket: { host, port } }));
      const cluster = createCluster({ rootNodes, RESP: 3, clientSideCache: { ttl: 0 } });
      cluster.on('error', () => undefined);
      servers.closing(cluster, (one) => one.destroy());
      await cluster.connect();
      await cluster.lPush('list:1', 'x');
      await observer.traced(async () => {
        assert.deepEqual(await Promise.all([cluster.get('key:1'), cluster.get('key:1')]), [null, null]);
        await Promise.allSettled([cluster.get('list:1'), cluster.get('list:1')]);
      });
      assert.deepEqual(told(), [
        ['sent', false],
        ['joined', false],
        ['sent', 'WRONGTYPE'],
        ['joined', 'WRONGTYPE'],
      ]);
      for (const { attributes } of observer.spans()) assert.equal(attributes['server.address'], servers.target);
    });
  });
});
