import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { decode, encode } from '@msgpack/msgpack';
import { MultiLevelCache, TracedCache, type TracedCacheOptions } from '../../src';
import { useCluster } from '../adapters/use-cluster';
import { useSentinel } from '../adapters/use-sentinel';
import { until } from '../support/children';
import { loadVersion } from '../support/library-versions';
import type { Address } from '../support/resp';
import { useServers } from './stores';

/* eslint-disable @typescript-eslint/no-explicit-any -- each version has other types */

/** Every client of Redis that is recognised, besides those that all other tests use. */
describe('clients of Redis as stores', function () {
  this.timeout(60_000);
  const single = useServers();
  const cluster = useCluster();
  const sentinel = useSentinel();
  const places = (nodes: readonly Address[]) => nodes.map(({ host, port }) => ({ host, port }));

  async function ioredis(version: string, make: (library: any) => any): Promise<any> {
    const loaded = (await loadVersion('ioredis', version)) as { default?: unknown };
    const client = make(loaded.default ?? loaded);
    client.on('error', () => undefined);
    await until(() => client.status === 'ready', 'the client is ready');
    return client;
  }

  async function redis(version: string, make: (library: any) => any): Promise<any> {
    const client = make(await loadVersion('redis', version));
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  const rootNodes = () => places(cluster.masters).map((socket) => ({ socket }));
  const sentinels = () => ({ name: sentinel.masterName, sentinelRootNodes: places(sentinel.sentinels) });
  const byUrl = (library: any): any => library.createClient({ url: single.redis.url });
  const toServer = (Redis: any): any => new Redis(single.redis.port, single.redis.host);
  const toCluster = (Redis: any, options = {}): any =>
    new Redis.Cluster(places(cluster.masters), { slotsRefreshTimeout: 5000, ...options });
  const bySentinels = (Redis: any): any =>
    new Redis({ sentinels: places(sentinel.sentinels), name: sentinel.masterName });

  const CLIENTS: Record<string, () => Promise<any>> = {
    'ioredis 4.28.0': () => ioredis('4.28.0', toServer),
    'ioredis 6.0.0': () => ioredis('6.0.0', toServer),
    'ioredis 4.28.5, Cluster': () => ioredis('4.28.5', toCluster),
    'ioredis 5.11.1, Cluster': () => ioredis('5.11.1', toCluster),
    'ioredis 5.11.1, Cluster with a prefix': () =>
      ioredis('5.11.1', (Redis) => toCluster(Redis, { keyPrefix: 'app:' })),
    'ioredis 6.0.0, Sentinel': () => ioredis('6.0.0', bySentinels),
    'redis 4.0.0': () => redis('4.0.0', byUrl),
    'redis 4.7.1': () => redis('4.7.1', byUrl),
    'redis 5.0.0': () => redis('5.0.0', byUrl),
    'redis 5.12.1': () => redis('5.12.1', byUrl),
    'redis 6.3.1, pool': () =>
      redis('6.3.1', ({ createClientPool }) => createClientPool({ url: single.redis.url }, { maximum: 2 })),
    'redis 4.7.1, cluster': () => redis('4.7.1', ({ createCluster }) => createCluster({ rootNodes: rootNodes() })),
    'redis 6.3.1, cluster': () => redis('6.3.1', ({ createCluster }) => createCluster({ rootNodes: rootNodes() })),
    'redis 6.3.1, sentinel': () => redis('6.3.1', ({ createSentinel }) => createSentinel(sentinels())),
  };

  async function close(client: any): Promise<void> {
    if (typeof client.destroy === 'function') client.destroy();
    else await client.disconnect();
  }

  for (const [name, open] of Object.entries(CLIENTS)) {
    describe(name, () => {
      let client: any;
      let caches = 0;
      before(async () => {
        client = await open();
      });
      after(() => close(client));

      const make = <T>(options: TracedCacheOptions<T> = {}): TracedCache<T> =>
        new TracedCache<T>('things', client, {
          prefix: `${name} ${++caches}:`,
          ttl: '1m',
          storeTimeout: '10s',
          ...options,
        });

      it('keeps, tells, and forgets', async () => {
        const cache = make<unknown>();
        await cache.set('a', { id: 1 });
        await cache.setMany([
          ['b', null],
          ['c', 'text'],
        ]);
        assert.deepEqual(await cache.getMany(['a', 'b', 'c', 'd']), [{ id: 1 }, null, 'text', undefined]);
        assert.deepEqual([await cache.get('a'), await cache.has('b'), await cache.has('d')], [{ id: 1 }, true, false]);
        assert.equal(await cache.deleteMany(['a', 'c', 'd']), 2);
        await cache.set('short', 1, { ttl: '30ms' });
        await until(async () => (await cache.get('short')) === undefined, 'it is forgotten');
        const other = make<number>();
        await other.set('b', 2);
        await cache.clear();
        assert.deepEqual([await cache.get('b'), await other.get('b')], [undefined, 2]);
      });

      it('loads once, whoever asks, and keeps no error', async () => {
        const prefix = `${name} shared ${++caches}:`;
        const [one, other] = [make<number>({ prefix }), make<number>({ prefix })];
        // A cluster finds the node of a key by what stands in braces.
        for (const key of ['a', 'a}b', 'a{b}c']) {
          let loads = 0;
          const load = async (): Promise<number> => {
            await passes(20);
            return ++loads;
          };
          const values = await Promise.all([one, other, one].map((cache) => cache.getOrSet(key, load)));
          assert.deepEqual([values, loads], [[1, 1, 1], 1], key);
        }
        await assert.rejects(
          one.getOrSet('b', () => Promise.reject(new RangeError('no'))),
          RangeError,
        );
        assert.equal(await other.getOrSet('b', () => 5), 5);
        await until(async () => (await other.getOrSet('b', () => 6)) === 5, 'it is kept');
      });

      it('keeps bytes', async () => {
        const cache = make<unknown>({ serialize: encode, deserialize: decode });
        const value = { bytes: Buffer.from([0, 255, 128]) };
        await cache.set('a', value);
        assert.deepEqual(await cache.get('a'), value);
        assert.deepEqual(await cache.getMany(['a', 'b']), [value, undefined]);
      });

      it('is the far level of two, and tells the near ones', async () => {
        const options = {
          name: `levels of ${name}`,
          prefix: `${name} levels ${++caches}:`,
          storeTimeout: '10s',
        } as const;
        const [one, other] = [1, 2].map(() => new MultiLevelCache<number>([new Map(), client], options));
        await Promise.all([one!.ready(), other!.ready()]);
        await one!.set('a', 1, { ttl: '1m' });
        assert.equal(await other!.get('a'), 1);
        await one!.set('a', 2);
        await until(async () => (await other!.get('a')) === 2, 'the other has heard of it');
        await Promise.all([one!.close(), other!.close()]);
      });

      // A sentinel of node-redis tells nothing of the connection that it listens over.
      if (!name.includes('redis 6.3.1, sentinel')) {
        it('trusts nothing near after a time in which it could not hear', async () => {
          const near = new Map();
          const prefix = `${name} deaf ${++caches}:`;
          const cache = new MultiLevelCache<number>([near, client], { name: prefix, prefix, storeTimeout: '10s' });
          await cache.ready();
          // The second time it is another connection.
          for (const value of [1, 2]) {
            await cache.set('a', value);
            assert.equal(near.size, 1);
            for (const node of [single.redis, ...cluster.nodes, sentinel.master]) {
              await node.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
            }
            await until(() => near.size === 0, 'nothing is trusted');
          }
          await cache.close();
        });
      }
    });
  }
});
