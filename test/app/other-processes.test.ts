import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { MultiLevelCache, TracedCache, type TracedCacheOptions } from '../../src';
import { until } from '../support/children';
import { useServers } from './stores';

/** Two caches that share nothing but the server are to each other what two processes are. */
describe('a cache in Redis and those of other processes', () => {
  const servers = useServers();
  let one: Redis;
  let other: Awaited<ReturnType<typeof connect>>;
  let caches = 0;
  const connect = () => createClient({ url: servers.redis.url }).connect();
  before(async () => {
    one = new Redis(servers.redis.port, servers.redis.host);
    other = await connect();
  });
  servers.closing(() => {
    one.disconnect();
    other.destroy();
  });

  interface Pair {
    readonly mine: TracedCache<number>;
    readonly theirs: TracedCache<number>;
    readonly prefix: string;
  }

  function pair(options: TracedCacheOptions<number> = {}): Pair {
    const prefix = `shared ${++caches}:`;
    const make = (store: object) => new TracedCache<number>('shared', store, { prefix, ttl: '1m', ...options });
    return { mine: make(one), theirs: make(other), prefix };
  }

  /** Lets one load while the other does something. */
  async function loadWhile(mine: { getOrSet: TracedCache<number>['getOrSet'] }, change: () => unknown): Promise<void> {
    let open!: (value: number) => void;
    const loaded = new Promise<number>((resolve) => (open = resolve));
    let isLoading = false;
    const load = mine.getOrSet('a', () => {
      isLoading = true;
      return loaded;
    });
    await until(() => isLoading, 'it loads');
    await change();
    open(1);
    assert.equal(await load, 1);
  }

  const stored = (prefix: string): Promise<unknown> => servers.redis.call('GET', `${prefix}a`);

  it('what one of them deletes is not brought back by another that was loading it', async () => {
    const { mine, theirs, prefix } = pair();
    await loadWhile(mine, () => theirs.delete('a'));
    await until(async () => (await stored(prefix)) === null, 'it is gone');
    await loadWhile(theirs, () => mine.deleteMany(['a', 'b']));
    await until(async () => (await stored(prefix)) === null, 'it is gone');
    await loadWhile(theirs, () => mine.clear());
    await until(async () => (await stored(prefix)) === null, 'it is gone');
    assert.equal(await mine.getOrSet('a', () => 2), 2);
    await passes(20);
    assert.equal(await stored(prefix), '2');
  });

  it('what one of them writes is not written over with what another was loading', async () => {
    const { mine, theirs, prefix } = pair();
    await loadWhile(mine, () => theirs.set('a', 2));
    await until(async () => (await stored(prefix)) !== '1', 'the older value is gone');
  });

  it('so it is with levels, where nobody is told', async () => {
    const prefix = `shared ${++caches}:`;
    const make = (store: object) =>
      new MultiLevelCache<number>([new Map(), store], { prefix, ttl: '1m', invalidation: false });
    const [mine, theirs] = [make(one), make(other)];
    await loadWhile(mine, () => theirs.delete('a'));
    await until(async () => (await mine.get('a')) === undefined, 'it is gone from all levels');
    assert.equal(await stored(prefix), null);
  });

  it('a load that takes long knows that it is outdated before it writes', async () => {
    const { mine, theirs, prefix } = pair();
    const written: unknown[] = [];
    await loadWhile(mine, async () => {
      await theirs.delete('a');
      await passes(3600);
      const set = one.set.bind(one);
      one.set = ((...args: [string, string]) => {
        written.push(args[0]);
        return set(...args);
      }) as typeof one.set;
    });
    Reflect.deleteProperty(one, 'set');
    assert.deepEqual([written, await stored(prefix)], [[], null]);
  });

  it('a write that comes late is kept no longer for that, however short its time', async () => {
    const { mine, theirs, prefix } = pair({ ttl: '400ms' });
    for (const cache of [mine, theirs]) {
      const until = Date.now() + 400;
      await servers.redis.call('CLIENT', 'PAUSE', '200', 'ALL');
      await cache.setMany([
        ['a', 1],
        ['b', 2],
      ]);
      await cache.set('c', 3);
      for (const key of ['a', 'b']) {
        const left = Number(await servers.redis.call('PEXPIRETIME', `${prefix}${key}`)) - until;
        assert.ok(left <= 50, `${left} ms too long`);
      }
    }
  });

  it('one value that cannot be read is no reason to do without the others', async () => {
    const { mine, theirs, prefix } = pair();
    await mine.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    await servers.redis.call('SET', `${prefix}b`, '{');
    for (const cache of [mine, theirs]) assert.deepEqual(await cache.getMany(['a', 'b', 'c']), [1, undefined, 3]);
    const serialize = (value: number): string => String(value);
    const deserialize = (text: string): number => {
      if (text === '2') throw new Error('unreadable');
      return Number(text);
    };
    const local = new TracedCache<number>('local', new Map(), { serialize, deserialize });
    await local.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    assert.deepEqual(await local.getMany(['a', 'b', 'c']), [1, undefined, 3]);
  });

  for (const kind of ['ioredis', 'redis'] as const) {
    it(`what had to wait for the server is not kept for longer: ${kind}`, async function () {
      this.timeout(30_000);
      const prefix = `late ${kind}:`;
      const store = kind === 'ioredis' ? one : other;
      const cache = new TracedCache<number>('late', store, { prefix, ttl: '3s', storeTimeout: '50ms' });
      await servers.redis.call('PING');
      servers.redis.pause();
      const began = Date.now();
      try {
        await assert.rejects(cache.set('a', 1), { name: 'CacheTimeoutError' });
        await assert.rejects(cache.setMany([['b', 2]]), { name: 'CacheTimeoutError' });
        await passes(1000);
      } finally {
        servers.redis.resume();
      }
      await until(async () => {
        const left = Number(await servers.redis.call('PTTL', `${prefix}a`));
        return left > 0 && left < 3000 - (Date.now() - began) + 50;
      }, 'it expires as if it had been written at once');
    });
  }
});
