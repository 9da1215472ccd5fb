import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setTimeout as passes } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { CacheReentryError, CacheTimeoutError, MultiLevelCache, TracedCache, type TracedCacheOptions } from '../../src';
import { startFixture } from '../support/fixture';
import { until } from '../support/children';
import { useServers } from './stores';

/** A promise, and how to settle it. */
function gate<T>(): { promise: Promise<T>; open(value: T): void; fail(error: unknown): void } {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('getOrSet', () => {
  const servers = useServers();
  let redis: Redis;
  let caches = 0;
  before(() => {
    redis = new Redis(servers.redis.port, servers.redis.host);
  });
  servers.closing(() => redis.disconnect());

  for (const kind of ['Map', 'Redis'] as const) {
    describe(`with a ${kind}`, () => {
      const make = <T>(options: TracedCacheOptions<T> = {}): TracedCache<T> =>
        new TracedCache<T>('things', kind === 'Map' ? new Map() : redis, { prefix: `${++caches}:`, ...options });

      it('a hundred callers on one cold key make one load', async () => {
        const cache = make<{ id: number }>();
        let loads = 0;
        const values = await Promise.all(
          times(100, () =>
            cache.getOrSet('a', async () => {
              await passes(20);
              return { id: ++loads };
            }),
          ),
        );
        assert.equal(loads, 1);
        assert.deepEqual(
          values,
          times(100, () => ({ id: 1 })),
        );
      });

      it('an error goes to each caller as it is, and is not kept', async () => {
        const cache = make<number>();
        const failure = new RangeError('no');
        const results = await Promise.allSettled(
          times(10, () => cache.getOrSet('a', () => passes(5).then(() => Promise.reject(failure)))),
        );
        for (const result of results) assert.equal(result.status === 'rejected' && result.reason, failure);
        await assert.rejects(
          cache.getOrSet('a', () => {
            throw failure;
          }),
          (error) => error === failure,
        );
        await assert.rejects(
          cache.getOrSet('a', () => Promise.reject(undefined)),
          (error) => error === undefined,
        );
        assert.equal(await cache.getOrSet('a', () => 1), 1);
      });

      it('a loader that waits for its own key is refused, however long its way', async () => {
        const cache = make<number>();
        const { promise: never } = gate<number>();
        await assert.rejects(
          cache.getOrSet('a', () => cache.getOrSet('a', () => 1)),
          CacheReentryError,
        );
        await assert.rejects(
          cache.getOrSet('a', async () => {
            await passes(1);
            return cache.getOrSet('b', () => cache.getOrSet('a', () => never));
          }),
          CacheReentryError,
        );
        // Two loads that began apart, and wait for each other.
        const [one, other] = [gate<void>(), gate<void>()];
        const both = Promise.allSettled([
          cache.getOrSet('x', () => one.promise.then(() => cache.getOrSet('y', () => never))),
          cache.getOrSet('y', () => other.promise.then(() => cache.getOrSet('x', () => never))),
        ]);
        await passes(10);
        one.open();
        await passes(5);
        other.open();
        for (const result of await both)
          assert.ok(result.status === 'rejected' && result.reason instanceof CacheReentryError);
        assert.equal(await cache.getOrSet('a', () => cache.getOrSet('b', () => cache.getOrSet('c', () => 3))), 3);
      });

      it('loads that ask for each other on many ways take no longer for that', async () => {
        const cache = make<number>();
        const { promise: leaves, open } = gate<void>();
        const fibonacci = (n: number): Promise<number> =>
          cache.getOrSet(`${n}`, async () => {
            if (n < 2) return leaves.then(() => n);
            const [one, other] = await Promise.all([fibonacci(n - 1), fibonacci(n - 2)]);
            return one + other;
          });
        const value = fibonacci(60);
        await passes(100);
        open();
        assert.equal(await value, 1_548_008_755_920);
      });

      it('a loader may begin what it does not wait for', async () => {
        const cache = make<number>();
        const begun: Promise<number>[] = [];
        const load = async (): Promise<number> => {
          begun.push(cache.getOrSet('a', () => 2));
          begun.push(cache.getOrSet('b', () => cache.getOrSet('a', () => 3)));
          await passes(20);
          return 1;
        };
        assert.equal(await cache.getOrSet('a', load), 1);
        assert.deepEqual(await Promise.all(begun), [1, 1]);
      });

      it('a loader that never settles has its time', async () => {
        const cache = make<number>({ loadTimeout: '40ms' });
        let signal: AbortSignal | undefined;
        const load = cache.getOrSet('a', (context) => {
          signal = context.signal;
          return gate<number>().promise;
        });
        await assert.rejects(Promise.all([load, cache.getOrSet('a', () => 2)]), CacheTimeoutError);
        assert.ok(signal!.aborted && signal!.reason instanceof CacheTimeoutError);
        assert.equal(await cache.getOrSet('a', () => 2), 2);
      });

      it('a signal ends the waiting of its caller, and the load with the last one', async () => {
        const cache = make<number>();
        const [one, other] = [new AbortController(), new AbortController()];
        const loaded = gate<number>();
        let signal!: AbortSignal;
        const load = (context: { signal: AbortSignal }): Promise<number> => {
          signal = context.signal;
          return loaded.promise;
        };
        const calls = [one, other].map((controller) => cache.getOrSet('a', load, { signal: controller.signal }));
        await until(() => signal !== undefined, 'the load began');
        one.abort();
        await assert.rejects(calls[0]!, { name: 'AbortError' });
        assert.equal(signal.aborted, false);
        other.abort(new Error('enough'));
        await assert.rejects(calls[1]!, { message: 'enough' });
        assert.ok(signal.aborted);
        await assert.rejects(cache.getOrSet('a', load, { signal: one.signal }), { name: 'AbortError' });
        assert.equal(await cache.getOrSet('b', () => 3, { signal: new AbortController().signal }), 3);
        // Nobody waits for the first load any more: the next caller begins anew.
        assert.equal(await cache.getOrSet('a', () => 4), 4);
        assert.equal(getEventListeners(one.signal, 'abort').length, 0);
      });

      it('null is no signal', async () => {
        const cache = make<number>();
        assert.equal(await cache.getOrSet('a', () => 1, { signal: null as never }), 1);
        assert.equal(await cache.getOrSet('b', () => passes(5, 2), { signal: null as never }), 2);
      });

      it('one listener is enough for all that a request asks for', async () => {
        const cache = make<number>();
        const controller = new AbortController();
        const { signal } = controller;
        const never = gate<number>().promise;
        const loaded = times(20, () => cache.getOrSet('loaded', () => passes(10, 1), { signal }));
        const calls = [...Array(20).keys()].map((key) => cache.getOrSet(`${key}`, () => never, { signal }));
        assert.equal(getEventListeners(signal, 'abort').length, 1);
        assert.deepEqual([...new Set(await Promise.all(loaded))], [1]);
        assert.equal(getEventListeners(signal, 'abort').length, 1);
        controller.abort();
        for (const call of calls) await assert.rejects(call, { name: 'AbortError' });
        assert.equal(getEventListeners(signal, 'abort').length, 0);
      });

      it('the longest times are waited for', async () => {
        const cache = make<number>({ loadTimeout: '30d', storeTimeout: '30d' });
        assert.equal(await cache.getOrSet('a', () => passes(20, 1)), 1);
        assert.equal(await cache.getOrSet('a', () => 2), 1);
      });

      it('what was written or deleted meanwhile is not overwritten with what was loaded', async () => {
        const cache = make<number>();
        const loaded = gate<number>();
        const old = cache.getOrSet('a', () => loaded.promise);
        await passes(20);
        await cache.set('a', 2);
        loaded.open(1);
        assert.equal(await old, 1);
        assert.equal(await cache.get('a'), 2);
        const again = gate<number>();
        await cache.delete('a');
        const outdated = cache.getOrSet('a', () => again.promise);
        await passes(20);
        await cache.delete('a');
        again.open(3);
        assert.equal(await outdated, 3);
        assert.equal(await cache.get('a'), undefined);
      });

      it('expiry during a load: the stale value, then the load that is on its way', async () => {
        const cache = make<number>({ ttl: '30ms', staleFor: '150ms' });
        await cache.set('a', 1);
        const loaded = gate<number>();
        let loads = 0;
        const load = (): Promise<number> => {
          loads++;
          return loaded.promise;
        };
        await until(async () => (await cache.get('a')) === undefined, 'it is stale');
        assert.equal(await cache.getOrSet('a', load), 1);
        // It cannot be served any more before the load has ended.
        await passes(200);
        const joined = times(10, () => cache.getOrSet('a', load));
        await passes(10);
        loaded.open(2);
        assert.deepEqual(
          await Promise.all(joined),
          times(10, () => 2),
        );
        assert.equal(loads, 1);
      });

      it('a revalidation that waits for who waits for it is refused', async () => {
        const cache = make<number>({ ttl: '20ms', staleFor: '50ms' });
        await cache.set('a', 1);
        await until(async () => (await cache.get('a')) === undefined, 'it is stale');
        const asks = gate<void>();
        const load = (): Promise<number> => asks.promise.then(() => cache.getOrSet('a', () => 2));
        assert.equal(await cache.getOrSet('a', load), 1);
        await passes(100);
        const waiting = cache.getOrSet('a', () => 3);
        await passes(10);
        asks.open();
        await assert.rejects(waiting, CacheReentryError);
      });

      it('a revalidation that fails leaves the stale value', async () => {
        const cache = make<number>({ ttl: '20ms', staleFor: '10s' });
        await cache.set('a', 1);
        await until(async () => (await cache.get('a')) === undefined, 'it is stale');
        let failures = 0;
        const fails = (): never => {
          failures++;
          throw new Error('no');
        };
        assert.equal(await cache.getOrSet('a', fails), 1);
        await until(() => failures === 1, 'it was tried');
        assert.equal(await cache.getOrSet('a', fails), 1);
      });
    });
  }

  it('two processes and one Redis make one load', async function () {
    this.timeout(30_000);
    const { port } = servers.redis;
    const args = [String(port), '20', '30'];
    const programs = times(2, () => startFixture('cached-loads.js', { args }));
    await Promise.all(programs.map((program) => program.printed(/ready/)));
    await servers.redis.call('SET', 'go', 'go');
    const results = await Promise.all(programs.map(({ done }) => done));
    for (const { stderr, code } of results) assert.deepEqual([code, stderr], [0, '']);
    const told = results.map(({ stdout }) => JSON.parse(stdout.split('\n')[1]!) as { loads: number; values: number[] });
    assert.equal(told[0]!.loads + told[1]!.loads, 20);
    assert.deepEqual(told[0]!.values, told[1]!.values);
    await until(async () => !String(await servers.redis.call('KEYS', '*lock*')).includes('lock'), 'no lock is left');
  });

  it('nobody releases the lock of another, nor waits for it for longer than a load may take', async () => {
    const cache = new TracedCache<number>('things', redis, { prefix: 'locked:', loadTimeout: '300ms' });
    await servers.redis.call('SET', '{locked:a}:lock', 'of another');
    let loads = 0;
    const call = cache.getOrSet('a', () => ++loads);
    await assert.rejects(call, { name: 'CacheTimeoutError', message: /another process .* 300 ms.* 'locked:a'/ });
    assert.deepEqual([loads, await servers.redis.call('GET', '{locked:a}:lock')], [0, 'of another']);
    const alone = new TracedCache<number>('things', redis, { prefix: 'locked:', lock: false });
    await servers.redis.call('SET', '{locked:b}:lock', 'of another');
    assert.equal(await alone.getOrSet('b', () => 1), 1);
  });

  it('nothing is loaded where nobody waits any more when the store has answered', async () => {
    const answered = gate<undefined>();
    const kept = new Map<string, unknown>();
    const store = {
      get: () => answered.promise,
      set: (...entry: [string, unknown]) => kept.set(...entry),
      delete: () => false,
    };
    const cache = new TracedCache<number>('things', store);
    const controller = new AbortController();
    const loaded: number[] = [];
    const call = cache.getOrSet('a', () => loaded.push(1), { signal: controller.signal });
    controller.abort();
    await assert.rejects(call, { name: 'AbortError' });
    answered.open(undefined);
    await passes(0);
    assert.equal(await cache.getOrSet('b', () => 2), 2);
    assert.deepEqual([loaded, [...kept.keys()]], [[], ['b']]);
  });

  it('the jitter spreads expiries, and shortens them only', async () => {
    const cache = new TracedCache<number>('things', redis, { prefix: 'spread:', ttl: 100, jitter: 0.5 });
    await cache.setMany(Array.from({ length: 100 }, (_, i) => [`${i}`, i]));
    const left = await Promise.all(Array.from({ length: 100 }, (_, i) => redis.pttl(`spread:${i}`)));
    assert.ok(Math.max(...left) <= 100_000 && Math.min(...left) > 49_000, String(left));
    assert.ok(Math.max(...left) - Math.min(...left) > 20_000, String(left));
  });

  it('bad arguments reject, and say what is accepted', async () => {
    const cache = new TracedCache<unknown>('things', new Map());
    for (const key of [undefined, null, 5, {}, ['a'], Symbol('a')] as never[]) {
      const message = /^a key is a string, not /;
      for (const call of [
        () => cache.get(key),
        () => cache.set(key, 1),
        () => cache.delete(key),
        () => cache.has(key),
        () => cache.getOrSet(key, () => 1),
        () => cache.getMany([key]),
        () => cache.deleteMany([key]),
        () => cache.setMany([[key, 1]]),
      ]) {
        await assert.rejects(call, { name: 'TypeError', message });
      }
    }
    await assert.rejects(cache.getOrSet('a', 5 as never), {
      name: 'TypeError',
      message: 'the loader is a function, not a number',
    });
    await assert.rejects(cache.set('a', undefined), { name: 'TypeError', message: /^undefined is a miss/ });
    for (const ttl of [0, -1, NaN, '5', '5 m', '', null, {}] as never[]) {
      await assert.rejects(cache.set('a', 1, { ttl }), { name: 'RangeError', message: /^ttl is / });
      assert.throws(() => new TracedCache('things', new Map(), { ttl }), RangeError);
    }
    for (const options of [null, 60, '5m', true, () => 1] as never[]) {
      const refused = { name: 'TypeError', message: /^options are an object, such as \{ ttl: 60_000 \}, not / };
      await assert.rejects(cache.set('a', 1, options), refused);
      await assert.rejects(
        cache.getOrSet('a', () => 1, options),
        refused,
      );
      assert.throws(() => new TracedCache('things', new Map(), options), refused);
      assert.throws(() => new MultiLevelCache([new Map()], options), refused);
    }
    assert.throws(() => new TracedCache('things', new Map(), { jitter: 2 }), RangeError);
    assert.throws(() => new TracedCache('', new Map()), TypeError);
  });
});
