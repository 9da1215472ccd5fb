import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client as MemJS } from 'memjs';
import { createClientPool } from 'redis';
import { MultiLevelCache, TracedCache, type TracedCacheOptions } from '../../src';
import { until } from '../support/children';
import { useServers } from './stores';

describe('the lock of a load', () => {
  const servers = useServers();
  let redis: Redis;
  let caches = 0;
  const newPrefix = (): string => `locks ${++caches}:`;
  before(() => {
    redis = new Redis(servers.redis.port, servers.redis.host);
  });
  servers.closing(() => redis.disconnect());

  const named = (prefix: string, options: TracedCacheOptions<number> = {}): TracedCache<number> =>
    new TracedCache<number>('locked', redis, { prefix, ttl: '1m', ...options });
  const isLocked = async (prefix: string): Promise<boolean> =>
    (await servers.redis.call('EXISTS', `{${prefix}a}:lock`)) === 1;
  const isKept = async (prefix: string): Promise<boolean> => (await servers.redis.call('EXISTS', `${prefix}a`)) === 1;

  /** Loads, and tells whether the value was there whenever the lock was not. */
  async function heldUntilKept(prefix: string, load: () => Promise<unknown>, open: () => void): Promise<void> {
    const loading = load();
    await until(() => isLocked(prefix), 'it is loaded under a lock');
    await passes(50);
    assert.deepEqual([await isLocked(prefix), await isKept(prefix)], [true, false]);
    open();
    await loading;
    await until(async () => !(await isLocked(prefix)), 'the lock is released');
    assert.equal(await isKept(prefix), true);
  }

  it('is held until Redis has the value, where a farther level is written before', async () => {
    const prefix = newPrefix();
    const far = MemJS.create(servers.memcached.location);
    let open!: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const set = far.set.bind(far) as (...args: unknown[]) => Promise<boolean>;
    far.set = ((...args: unknown[]) => opened.then(() => set(...args))) as typeof far.set;
    const cache = new MultiLevelCache<number>([new Map(), redis, far], { prefix, ttl: '1m', invalidation: false });
    await heldUntilKept(prefix, () => cache.getOrSet('a', () => 1), open);
    far.close();
  });

  it('is held until Redis has the value, where the client has several connections', async () => {
    const prefix = newPrefix();
    const pool = createClientPool({ url: servers.redis.url }, { minimum: 2 });
    await pool.connect();
    let open!: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const set = pool.set.bind(pool);
    pool.set = ((...args: Parameters<typeof set>) => opened.then(() => set(...args))) as typeof pool.set;
    const cache = new TracedCache<number>('locked', pool, { prefix, ttl: '1m' });
    await heldUntilKept(prefix, () => cache.getOrSet('a', () => 1), open);
    pool.destroy();
  });

  it('is not waited for by a cache that the loader of another one asks for the same key', async () => {
    const prefix = newPrefix();
    const [outer, inner, innermost] = [named(prefix), named(prefix), named(prefix)];
    const load = (): Promise<number> =>
      inner.getOrSet('a', () => innermost.getOrSet('b', () => outer.getOrSet('c', () => 1)));
    const began = Date.now();
    assert.equal(await outer.getOrSet('a', load), 1);
    // Each holds what the other waits for.
    const crossed = Promise.all([
      outer.getOrSet('d', async () => {
        await passes(30);
        return inner.getOrSet('e', () => 2);
      }),
      innermost.getOrSet('e', async () => {
        await passes(30);
        return named(prefix).getOrSet('d', () => 3);
      }),
    ]);
    await crossed;
    assert.ok(Date.now() - began < 2000, 'nobody has waited for itself');
    const itself = named(prefix);
    const recursive = (): Promise<number> => outer.getOrSet('f', () => itself.getOrSet('f', recursive));
    await assert.rejects(recursive(), { name: 'CacheReentryError' });
  });

  it('of a process that is gone leaves those who wait for it time to load', async () => {
    const prefix = newPrefix();
    const gone = new Redis(servers.redis.port, servers.redis.host);
    const theirs = new TracedCache<number>('locked', gone, { prefix, loadTimeout: '2s' });
    const loading = theirs.getOrSet('a', () => new Promise<never>(() => undefined));
    await until(() => isLocked(prefix), 'it is loaded under a lock');
    gone.disconnect();
    assert.equal(await named(prefix, { loadTimeout: '2s' }).getOrSet('a', () => passes(100, 2)), 2);
    await assert.rejects(loading, { name: 'CacheTimeoutError' });
  });

  it('is given back where the store gave it too late', async () => {
    const prefix = newPrefix();
    const cache = named(prefix, { storeTimeout: '50ms' });
    const get = redis.get.bind(redis);
    redis.get = (async (key: string) => {
      const found = await get(key);
      await servers.redis.call('CLIENT', 'PAUSE', '300', 'ALL');
      return found;
    }) as typeof redis.get;
    assert.equal(await cache.getOrSet('a', () => 1), 1);
    Reflect.deleteProperty(redis, 'get');
    // Whatever was asked for before is answered by now.
    await redis.ping();
    await until(async () => !(await isLocked(prefix)), 'nobody holds it', 3000);
  });

  it('is given back while the store is given a rest', async () => {
    const prefix = newPrefix();
    const cache = named(prefix, { storeTimeout: '50ms' });
    const loaded = cache.getOrSet('a', async () => {
      await servers.redis.call('CLIENT', 'PAUSE', '200', 'ALL');
      assert.equal(await cache.get('b'), undefined);
      return 1;
    });
    assert.equal(await loaded, 1);
    await redis.ping();
    await until(async () => !(await isLocked(prefix)), 'nobody holds it', 3000);
  });
});
