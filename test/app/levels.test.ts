import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { MultiLevelCache } from '../../src';
import { observe } from '../adapters/observe';
import { until } from '../support/children';
import { startRedis } from '../support/redis-server';
import { useServers } from './stores';

describe('levels of a MultiLevelCache', () => {
  const servers = useServers();
  const observer = observe();
  let redis: Redis;
  let caches = 0;
  before(() => {
    redis = new Redis(servers.redis.port, servers.redis.host);
  });
  servers.closing(() => redis.disconnect());

  const make = (levels: object[], options: object = {}): MultiLevelCache<number> =>
    new MultiLevelCache<number>(levels, {
      name: `levels ${++caches}`,
      prefix: `parts:${caches}:`,
      invalidation: false,
      ...options,
    });

  for (const far of ['lru-cache', 'Redis'] as const) {
    it(`serves stale, and tells the level that had it: a Map and ${far}`, async () => {
      const near = new Map<string, unknown>();
      const other = far === 'Redis' ? redis : new LRUCache<string, object>({ max: 10 });
      const cache = make([near, { store: other, name: 'far' }], { ttl: '30ms', staleFor: '10s' });
      for (const hitLevel of ['memory', 'far']) {
        await cache.set('a', 1);
        await until(async () => (await cache.get('a')) === undefined, 'it is stale');
        if (hitLevel === 'far') near.clear();
        observer.sdk.reset();
        await observer.traced(async () => {
          assert.equal(await cache.get('a'), undefined);
          assert.equal(await cache.getOrSet('a', () => passes(1, 2)), 1);
        });
        await until(async () => (await cache.get('a')) === 2, 'it was revalidated');
        const told = observer
          .spans()
          .filter(({ attributes }) => attributes['cache.levels'] !== undefined)
          .map(({ attributes }) => [
            attributes['cache.operation'],
            attributes['cache.hit'],
            attributes['cache.hit_level'],
          ]);
        assert.deepEqual(told.slice(0, 2), [
          ['get', false, undefined],
          ['get_or_set', true, hitLevel],
        ]);
        const [hits] = await observer.points('cache.hits', { 'cache.name': cache.name, 'cache.level': hitLevel });
        assert.ok(hits!.value! > 0);
      }
    });
  }

  it('does without a level in the process that fails', async () => {
    const fails = (): never => assert.fail('of the serialiser');
    const far = new Map<string, unknown>();
    for (const parts of [{ serialize: JSON.stringify, deserialize: fails }, { serialize: fails }]) {
      const near = new Map<string, unknown>();
      const cache = make([{ store: near, ...parts }, far]);
      far.set(`${cache['prefix']}a`, 1);
      near.set(`${cache['prefix']}a`, '1');
      if (parts.deserialize === undefined) near.clear();
      assert.equal(await cache.get('a'), 1);
      assert.equal(await cache.getOrSet('a', () => 2), 1);
      assert.deepEqual(await cache.getMany(['a']), [1]);
    }
  });

  it('waits for a Redis that hangs no longer than it may', async () => {
    const own = await startRedis({});
    const client = new Redis(own.port, own.host);
    const cache = make([new Map(), client], { storeTimeout: '50ms', invalidation: true });
    await cache.ready();
    const rested = () => passes(1050);
    own.pause();
    try {
      const began = performance.now();
      assert.equal(await cache.getOrSet('a', () => 1), 1);
      await rested();
      await cache.set('a', 2);
      assert.equal(await cache.get('a'), 2);
      await rested();
      await assert.rejects(cache.delete('a'), { name: 'CacheTimeoutError' });
      assert.equal(await cache.get('a'), undefined);
      assert.ok(performance.now() - began < 4000);
    } finally {
      own.resume();
      client.disconnect();
      await own.stop();
    }
  });

  it('lru-cache is asked for the size of the value, whatever is kept beside it', async () => {
    const sized: unknown[] = [];
    const sizeCalculation = (value: object): number => sized.push(value);
    const near = new LRUCache<string, object>({ maxSize: 1000, sizeCalculation });
    const cache = new MultiLevelCache<object>([near, redis], {
      prefix: 'sized:',
      ttl: 60,
      missTtl: 60,
      invalidation: false,
    });
    const value = { id: 1 };
    await cache.set('a', value);
    await cache.getOrSet('b', () => undefined);
    assert.deepEqual(sized, [value]);
    assert.deepEqual([near.size, await cache.get('a')], [2, value]);
  });
});
