import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { context, type ContextManager, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Redis } from 'ioredis';
import Keyv from 'keyv';
import { TracedCache } from '../../src';
import { observe } from '../adapters/observe';
import { until } from '../support/children';
import { startRedis, type RedisServer } from '../support/redis-server';
import { treeOf } from './trees';

describe('telemetry of a TracedCache', () => {
  const observer = observe();
  let server: RedisServer;
  let redis: Redis;
  let cache: TracedCache<{ id: number }>;
  let name: string;
  let caches = 0;

  before(async () => {
    server = await startRedis({});
    redis = new Redis(server.port, server.host, { connectionName: 'remote' });
    await redis.ping();
  });
  after(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => {
    name = `products ${++caches}`;
    cache = new TracedCache(name, redis, { prefix: `product:${caches}:`, ttl: 60 });
  });

  const totals = async (metric: string, cacheName = name): Promise<number> => {
    const points = await observer.points(metric, { 'cache.name': cacheName });
    return points.reduce((sum, { value, histogram }) => sum + (value ?? histogram!.count), 0);
  };

  it('a load: everything that it calls lies below it', async () => {
    await observer.traced(() =>
      cache.getOrSet('17', async () => {
        await passes(2);
        return trace.getTracer('database').startActiveSpan('SELECT', (span) => {
          span.end();
          return { id: 17 };
        });
      }),
    );
    await observer.spansOnce(7);
    assert.deepEqual(treeOf(observer.spans()), [
      `cache.get_or_set ${name}`,
      '  GET product:*:*',
      `  EVAL ${server.host}:${server.port}`,
      `  cache.load ${name}`,
      '    SELECT',
      '  SET product:*:*',
      '  EVAL {product:*:*}:lock',
    ]);
    const own = observer.spans().find((one) => one.name === `cache.get_or_set ${name}`)!;
    assert.deepEqual(own.attributes, {
      'cache.name': name,
      'cache.operation': 'get_or_set',
      'cache.key_pattern': 'product:*:*',
      'cache.hit': false,
      'cache.value_size': 9,
      'cache.ttl': 60,
    });
    assert.deepEqual([own.kind, own.status.code], ['INTERNAL', 'UNSET']);
  });

  it('in the remote cache only what is looked up and loaded counts, and nothing that the lock takes', async () => {
    const metrics = ['cache.hits', 'cache.misses', 'cache.repeated_misses', 'cache.operations'];
    const remote = () => Promise.all(metrics.map((metric) => totals(metric, 'remote')));
    const before = await remote();
    for (let call = 0; call < 20; call++) await cache.getOrSet(String(call % 10), () => ({ id: call }));
    const after = await remote();
    assert.deepEqual(
      after.map((count, index) => count - before[index]!),
      [10, 10, 0, 30],
    );
  });

  it('a hundred callers: one load, and all but one joined it', async () => {
    const load = () => passes(20).then(() => ({ id: 1 }));
    await observer.traced(() => Promise.all(Array.from({ length: 100 }, () => cache.getOrSet('1', load))));
    const metrics = [
      'cache.load.duration',
      'cache.coalesced',
      'cache.misses',
      'cache.hits',
      'cache.repeated_misses',
      'cache.operations',
    ];
    const told = Object.fromEntries(await Promise.all(metrics.map(async (metric) => [metric, await totals(metric)])));
    assert.deepEqual(told, {
      'cache.load.duration': 1,
      'cache.coalesced': 99,
      'cache.misses': 100,
      'cache.hits': 0,
      'cache.repeated_misses': 0,
      'cache.operations': 100,
    });
    const joined = observer.spans().filter(({ attributes }) => attributes['cache.coalesced'] === true);
    assert.equal(joined.length, 99);
  });

  it('a miss repeats another one unless the key was written since, by a load too', async () => {
    const load = () => Promise.resolve({ id: 1 });
    const missed = async (call: () => Promise<unknown>) => {
      await observer.traced(call);
      return totals('cache.repeated_misses');
    };
    assert.equal(await missed(() => cache.getOrSet('1', load)), 0);
    await redis.del(`product:${caches}:1`);
    assert.equal(await missed(() => cache.get('1')), 0, 'it was written by the load');
    assert.equal(await missed(() => cache.getOrSet('1', load)), 1, 'it was missed by the get');
    await redis.del(`product:${caches}:1`);
    assert.equal(await missed(() => cache.getOrSet('1', load)), 1, 'it was written by the load');
    const own = observer.spans().filter((span) => span.kind === 'INTERNAL' && span.name.startsWith('cache.get'));
    assert.deepEqual(
      own.map(({ attributes }) => attributes['cache.repeated_miss'] === true),
      [false, false, true, false],
    );
  });

  it('each operation tells what it did', async () => {
    await observer.traced(async () => {
      await cache.set('1', { id: 1 });
      await cache.get('1');
      await cache.has('2');
      await cache.setMany([
        ['3', { id: 3 }],
        ['4', { id: 4 }],
      ]);
      await cache.getMany(['3', '5']);
      await cache.delete('1');
      await cache.clear();
    });
    const shown = observer
      .spans()
      .filter(({ kind }) => kind === 'INTERNAL')
      .map(({ name: span, attributes }) => {
        const {
          'cache.hit': hit,
          'cache.hits': hits,
          'cache.misses': misses,
          'cache.deleted_count': deleted,
        } = attributes;
        return [span, hit, hits, misses, deleted, attributes['cache.value_size'], attributes['cache.ttl']];
      });
    assert.deepEqual(shown, [
      [`cache.set ${name}`, undefined, undefined, undefined, undefined, 8, 60],
      [`cache.get ${name}`, true, undefined, undefined, undefined, 8, undefined],
      [`cache.has ${name}`, false, undefined, undefined, undefined, undefined, undefined],
      [`cache.set ${name}`, undefined, undefined, undefined, undefined, 16, 60],
      [`cache.get ${name}`, undefined, 1, 1, undefined, 8, undefined],
      [`cache.delete ${name}`, undefined, undefined, undefined, 1, undefined, undefined],
      [`cache.clear ${name}`, undefined, undefined, undefined, undefined, undefined, undefined],
    ]);
    for (const span of observer.spans().filter(({ kind }) => kind === 'CLIENT')) {
      assert.ok(
        observer.spans().some(({ spanId, kind }) => kind === 'INTERNAL' && spanId === span.parentSpanId),
        span.name,
      );
    }
  });

  it('a value that cannot be serialised: the span says so', async () => {
    const bad = new TracedCache<unknown>(name, redis);
    await observer.traced(() => assert.rejects(bad.set('a', 1n), TypeError));
    const { status, attributes } = observer.span();
    assert.deepEqual([status, attributes['error.type']], [{ code: 'ERROR', message: 'TypeError' }, 'TypeError']);
  });

  it('a load that takes too long: the span says so, and not of which key', async () => {
    await observer.traced(async () => {
      const loading = cache.getOrSet('jane', () => passes(10_000, { id: 1 }, { ref: false }), { loadTimeout: '5ms' });
      await assert.rejects(loading, /'product:\d+:jane'/);
      // So it is where the error comes from another cache.
      const outer = new TracedCache(`outer ${name}`, new Map());
      await assert.rejects(outer.getOrSet('a', () => loading));
    });
    const loads = observer.spans().filter((one) => one.name.startsWith('cache.load'));
    assert.deepEqual(
      loads.map(({ status }) => status.message),
      ['a load took longer than 5 ms', 'a load took longer than 5 ms'],
    );
  });

  it('what Keyv is asked for after the caller has its answer is still a part of the operation', async () => {
    const controller = new AbortController();
    const keyv = new Keyv({ namespace: name });
    const over = new TracedCache<number>(`over ${name}`, keyv, { ttl: '20ms', staleFor: 60 });
    await observer.traced(async () => {
      const left = over.getOrSet('a', () => passes(20, 1), { signal: controller.signal });
      const joined = over.getOrSet('a', () => 2);
      await passes(5);
      controller.abort();
      await assert.rejects(left, { name: 'AbortError' });
      assert.equal(await joined, 1);
      await until(async () => (await over.get('a')) === undefined, 'it is stale');
      assert.equal(await over.getOrSet('a', () => passes(5, 3), { ttl: 60 }), 1);
      await until(async () => (await over.get('a')) === 3, 'it was kept');
    });
    assert.deepEqual(await observer.points('cache.operations', { 'cache.name': name }), []);
    // What the application does with it by itself is.
    await observer.traced(() => keyv.get('a'));
    const [own] = await observer.points('cache.operations', { 'cache.name': name });
    assert.equal(own!.value, 1);
  });

  it('a store that is down: loads, and says so', async function () {
    this.timeout(30_000);
    server.pause();
    try {
      const quick = new TracedCache<number>(name, redis, { storeTimeout: '50ms' });
      const began = performance.now();
      await observer.traced(async () => {
        assert.equal(await quick.getOrSet('a', () => 1), 1);
        assert.equal(await quick.getOrSet('a', () => 2), 2);
        assert.equal(await quick.get('a'), undefined);
        await assert.rejects(quick.set('a', 3), { name: 'CacheTimeoutError' });
        await assert.rejects(quick.delete('a'), { name: 'CacheTimeoutError' });
      });
      // It waits once, and then for a second not at all.
      assert.ok(performance.now() - began < 1000);
      const spans = observer.spans().filter(({ name: span }) => span.startsWith('cache.get'));
      assert.deepEqual(
        spans.map(({ status, attributes }) => [status.code, attributes['error.type']]),
        [
          ['UNSET', 'CacheTimeoutError'],
          ['UNSET', 'CacheTimeoutError'],
          ['UNSET', 'CacheTimeoutError'],
        ],
      );
      const points = await observer.points('cache.operation.duration', {
        'cache.name': name,
        'error.type': 'CacheTimeoutError',
      });
      assert.deepEqual(
        points.map(({ attributes, histogram }) => [attributes['cache.operation'], histogram!.count]).sort(),
        [
          ['delete', 1],
          ['get', 1],
          ['get_or_set', 2],
          ['set', 1],
        ],
      );
    } finally {
      server.resume();
    }
  });

  it('a context manager that fails keeps nobody from a value', async () => {
    const fail = (): never => assert.fail('of the context manager');
    const manager = { active: fail, with: fail, bind: fail, enable: fail, disable: () => manager };
    context.disable();
    context.setGlobalContextManager(manager as unknown as ContextManager);
    try {
      for (const store of [redis, new Map()]) {
        const own = new TracedCache<number>(name, store, { prefix: 'unaware:' });
        assert.equal(await own.getOrSet('a', () => passes(1, 1)), 1);
        assert.equal(await own.get('a'), 1);
        await own.set('a', 2);
        assert.equal(await own.delete('a'), true);
      }
    } finally {
      context.disable();
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    }
  });

  it('without an enabled instrumentation it tells all the same', async () => {
    observer.instrumentation.disable();
    try {
      const local = new TracedCache<number>(name, new Map());
      await observer.traced(() => local.getOrSet('a', () => 1));
      assert.deepEqual(treeOf(observer.spans()), [`cache.get_or_set ${name}`, `  cache.load ${name}`]);
    } finally {
      observer.instrumentation.enable();
    }
  });
});
