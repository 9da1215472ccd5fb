import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';
import { MultiLevelCache, TracedCache } from '../../src';
import { observe } from '../adapters/observe';
import { requireHere } from '../contract/library-copies';
import { until } from '../support/children';
import { runFixture } from '../support/fixture';
import { startRedis, type RedisServer } from '../support/servers';
import { counted } from '../in-process/counted';

/* eslint-disable @typescript-eslint/no-explicit-any -- the libraries as an application that is not typed has them */

const HERE = /composed-caches|^(users|prices|orders|sessions)$/;

describe('caches of libraries that answer with promises', () => {
  const observer = observe();
  let server: RedisServer;
  let libraries: Record<'keyv' | 'manager' | 'cacheable' | 'lru' | 'unstorage', any>;
  before(async () => {
    server = await startRedis();
    libraries = {
      keyv: requireHere('keyv'),
      manager: requireHere('cache-manager'),
      cacheable: requireHere('cacheable'),
      lru: requireHere('lru-cache'),
      unstorage: requireHere('unstorage'),
    };
  });
  after(() => server.stop());

  /** What the test's calls have added to the counts. */
  async function grown(run: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await counted(observer, HERE);
    await run();
    const after = await counted(observer, HERE);
    const changes = Object.entries(after).map(([id, value]) => [id, value - (before[id] ?? 0)] as const);
    return Object.fromEntries(changes.filter(([, change]) => change !== 0));
  }

  it('what the libraries do not take they answer as they do, and nothing is thrown', async () => {
    const calls = [
      new libraries.keyv.Keyv().setMany([null]),
      libraries.manager.createCache().mset(undefined),
      new libraries.cacheable.Cacheable().setMany(undefined),
    ];
    const outcomes = await Promise.allSettled(calls);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });

  it('the span of the server below that of the cache, and both counted as what they are', async () => {
    const { default: KeyvRedis } = requireHere('@keyv/redis');
    const keyv = new libraries.keyv.Keyv({ store: new KeyvRedis(server.url), namespace: 'users' });
    await observer.traced(async () => {
      await keyv.set('1', { name: 'Zoë' }, 1000);
      assert.deepEqual(await keyv.get('1'), { name: 'Zoë' });
    });
    await keyv.disconnect();
    const spans = observer.spans();
    for (const operation of ['set', 'get']) {
      const above = spans.find(({ name }) => name === `cache.${operation} users`)!;
      const below = spans.filter(({ parentSpanId }) => parentSpanId === above.spanId);
      assert.equal(above.kind, 'INTERNAL');
      assert.deepEqual(
        below.map(({ kind, attributes }) => [kind, attributes['db.operation.name']]),
        [['CLIENT', operation.toUpperCase()]],
      );
      assert.equal(above.attributes['db.system.name'], undefined);
    }
    assert.equal(spans.find(({ name }) => name === 'cache.set users')!.attributes['cache.ttl'], 1);
    const [duration] = await observer.points('cache.operation.duration', { 'cache.operation': 'get' });
    assert.equal(duration?.histogram?.count, 1);
  });

  it('what a cache is made of does not count: lru-cache in keyv in cache-manager', async () => {
    const made = await grown(async () => {
      const lru = new libraries.lru.LRUCache({ max: 5 });
      const cache = libraries.manager.createCache({ stores: [new libraries.keyv.Keyv({ store: lru })] });
      await cache.set('a', 1);
      assert.deepEqual([await cache.get('a'), await cache.get('b')], [1, undefined]);
      assert.equal(lru.size, 1);
    });
    delete made['cache.entries'];
    assert.deepEqual(made, {
      'cache.operations set': 1,
      'cache.operations get': 2,
      'cache.hits': 1,
      'cache.misses': 1,
      'cache.writes_without_ttl': 1,
    });
  });

  it('levels are told apart, and one lookup is one', async () => {
    const { Keyv } = libraries.keyv;
    const [near, far] = [new Keyv(), new Keyv()];
    const cache = libraries.manager.createCache({ stores: [near, far], cacheId: 'orders' });
    await cache.set('a', 1);
    await near.delete('a');
    const lookups = await grown(() => observer.traced(() => cache.get('a')));
    assert.deepEqual([lookups['cache.hits secondary:0'], lookups['cache.misses']], [1, undefined]);
    const outer = observer.spans().find(({ attributes }) => attributes['cache.hit_level'] !== undefined)!;
    assert.deepEqual([outer.name, outer.attributes['cache.hit_level']], ['cache.get orders', 'secondary:0']);
    const levels = observer.spans().filter(({ parentSpanId }) => parentSpanId === outer.spanId);
    assert.deepEqual(
      levels.map(({ attributes }) => [attributes['cache.level'], attributes['cache.hit']]),
      [
        ['primary', false],
        ['secondary:0', true],
      ],
    );
  });

  it('a level that writes several keys one by one makes one span', async () => {
    const { keyv, manager } = libraries;
    const cache = manager.createCache({ cacheId: 'orders', stores: [new keyv.Keyv(), new keyv.Keyv()] });
    await observer.traced(() => cache.mset(['a', 'b'].map((key) => ({ key, value: 1 }))));
    const levels = observer.spans().map(({ attributes }) => attributes['cache.level']);
    assert.deepEqual(levels.filter(Boolean).sort(), ['primary', 'secondary:0']);
  });

  it('counts once without a context manager, too, and what a loader asks as its own', async () => {
    const { stdout, stderr } = await runFixture(join(__dirname, 'without-context.cjs'), {
      nodeArgs: ['--require', 'tsx/cjs'],
    });
    assert.ok(stdout, stderr);
    assert.deepEqual((JSON.parse(stdout) as unknown[]).sort(), [
      ['orders', 'cache.misses', 1],
      ['orders', 'get', 1],
      ['prices', 'cache.misses', 1],
      ['prices', 'get_or_set', 1],
      ['users', 'cache.misses', 1],
      ['users', 'get_or_set', 1],
    ]);
  });

  it('callers that wait for the load of another miss and are told as such', async () => {
    let loads = 0;
    const cache = libraries.manager.createCache({ cacheId: 'prices' });
    const load = () => sleep(5, ++loads);
    const lookups = await grown(async () => {
      const values = await Promise.all([cache.wrap('k', load), cache.wrap('k', load), cache.wrap('k', load)]);
      assert.deepEqual([...values, await cache.wrap('k', load)], [1, 1, 1, 1]);
    });
    assert.deepEqual([lookups['cache.hits'], lookups['cache.misses'], lookups['cache.coalesced']], [1, 3, 2]);
    assert.equal(lookups['cache.repeated_misses'], undefined);
  });

  it('a load that failed is no hit, though the library keeps that to itself', async () => {
    const cache = new libraries.cacheable.Cacheable({ namespace: 'prices' });
    cache.on('error', () => undefined);
    const fail = () => sleep(5).then(() => Promise.reject(new Error('no')));
    const lookups = await grown(async () => {
      assert.deepEqual(await Promise.all([cache.getOrSet('failing', fail), cache.getOrSet('failing', fail)]), [
        undefined,
        undefined,
      ]);
    });
    assert.deepEqual([lookups['cache.hits'], lookups['cache.misses'], lookups['cache.coalesced']], [undefined, 2, 1]);
  });

  it('what is asked about a key is no lookup, in the stores below neither', async () => {
    const cache = libraries.manager.createCache({ cacheId: 'prices', ttl: 60_000 });
    await cache.set('k', 1);
    const before = await counted(observer, /./);
    assert.ok((await cache.ttl('k')) > Date.now());
    const after = await counted(observer, /./);
    const changed = Object.keys(after).filter((id) => after[id] !== before[id]);
    assert.deepEqual(changed, ['cache.operations has']);
  });

  it('tags of keys are no operations of the store that they are kept in', async () => {
    const { Cacheable } = libraries.cacheable;
    const secondary = new libraries.keyv.Keyv();
    const cache = new Cacheable({ tags: true, secondary, namespace: 'tagged' });
    const made = await grown(async () => {
      await cache.set('page', 1, { tags: ['a', 'b'] });
      assert.deepEqual(await cache.tags.getTags('page'), ['a', 'b']);
      assert.deepEqual(await cache.tags.invalidateTag('a'), ['a']);
      assert.deepEqual(await cache.tags.invalidateTags(['b']), ['b']);
      assert.equal(await cache.get('page'), undefined);
    });
    assert.deepEqual(made, {});
    assert.deepEqual(await counted(observer, /^tagged$/), {
      'cache.operations set': 1,
      'cache.operations has': 1,
      'cache.operations delete': 2,
      'cache.operations get': 1,
      'cache.hits': 0,
      'cache.misses': 1,
      'cache.repeated_misses': 0,
      'cache.writes_without_ttl': 1,
    });
  });

  it('methods that were taken off their objects fail as they do', async () => {
    const { Keyv } = libraries.keyv;
    const { Cacheable } = libraries.cacheable;
    const calls = [
      () => Reflect.apply(Keyv.prototype.get, null, ['a']) as unknown,
      () => Reflect.apply(Cacheable.prototype.get, null, ['a']) as unknown,
      () => Reflect.apply(Cacheable.prototype.getOrSet, null, ['a', () => 1]) as unknown,
    ];
    for (const call of calls) {
      const outcome = call();
      assert.ok(outcome instanceof Promise);
      await assert.rejects(outcome, TypeError);
    }
  });

  it('a Keyv that its store makes is called by the place in the application', async () => {
    const { createKeyv } = requireHere('@keyv/redis');
    const keyv = createKeyv(server.url);
    await observer.traced(() => keyv.get('a'));
    await keyv.disconnect();
    const span = observer.spans().find(({ name }) => name.startsWith('cache.get '))!;
    assert.match(span.name, /composed-caches\.test\.ts:\d+$/);
  });

  it('tells what expired in a quick-lru that Keyv is made of', async () => {
    const { default: QuickLRU } = requireHere('quick-lru');
    const keyv = new libraries.keyv.Keyv({ store: new QuickLRU({ maxSize: 9, maxAge: 1 }), namespace: 'users' });
    await keyv.set('a', 1);
    const over = Date.now() + 5;
    await until(() => Date.now() > over, 'expired');
    const lookups = await grown(async () => assert.equal(await keyv.get('a'), undefined));
    assert.deepEqual([lookups['cache.evictions expired'], lookups['cache.evictions capacity']], [1, undefined]);
  });

  it('a refresh behind the back of a hit leaves it a hit', async () => {
    let value = 0;
    const cache = libraries.manager.createCache({ cacheId: 'sessions', ttl: 50, refreshThreshold: 1000 });
    const load = () => Promise.resolve(++value);
    assert.equal(await cache.wrap('k', load), 1);
    const lookups = await grown(async () => assert.equal(await cache.wrap('k', load), 1));
    assert.deepEqual([lookups['cache.hits'], lookups['cache.misses']], [1, undefined]);
    assert.equal(value, 2);
  });

  it('errors of a loader are the very same, and what nobody handles is told as unhandled', async () => {
    const cache = libraries.manager.createCache();
    const error = new Error('no');
    await assert.rejects(
      cache.wrap('a', () => Promise.reject(error)),
      (seen) => seen === error,
    );
    const heard: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => heard.push(reason));
    try {
      cache.wrap('b', () => Promise.reject(error));
      await until(() => heard.length > 0, 'unhandledRejection', 5000);
      assert.deepEqual(heard, [error]);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });

  it('null, 0, an empty string and false are values where the library can store them', async () => {
    const keyv = new libraries.keyv.Keyv({ namespace: 'users' });
    const cacheable = new libraries.cacheable.Cacheable({ namespace: 'users' });
    const managed = libraries.manager.createCache({ cacheId: 'users' });
    for (const value of [null, 0, '', false]) {
      const lookups = await grown(async () => {
        for (const cache of [keyv, cacheable, managed]) {
          await cache.set('key', value);
          assert.equal(await cache.get('key'), value);
          assert.deepEqual(await (cache.getMany ?? cache.mget).call(cache, ['key']), [value]);
        }
      });
      assert.deepEqual([lookups['cache.hits'], lookups['cache.misses']], [6, undefined], String(value));
    }
  });

  it('several keys in one call are one operation, with a lookup each', async () => {
    const storage = libraries.unstorage.createStorage();
    await storage.setItem('a', 1);
    const lookups = await grown(() => storage.getItems(['a', 'b', 'c']));
    assert.deepEqual([lookups['cache.operations get'], lookups['cache.hits'], lookups['cache.misses']], [1, 1, 2]);
  });

  for (const kind of ['lru', 'keyv'] as const) {
    it(`a TracedCache counts once what it keeps in ${kind}`, async () => {
      const store = kind === 'lru' ? new libraries.lru.LRUCache({ max: 9 }) : new libraries.keyv.Keyv();
      const make = [
        () => new TracedCache<number>('orders', store),
        () => new MultiLevelCache<number>([store], { name: 'orders' }),
      ];
      for (const [index, cache] of make.map((made) => made()).entries()) {
        const key = `order:${index}`;
        const made = await grown(async () => {
          assert.deepEqual([await cache.getOrSet(key, () => 1), await cache.getOrSet(key, () => 2)], [1, 1]);
          assert.deepEqual(await cache.getMany([key, 'x']), [1, undefined]);
          await cache.delete(key);
        });
        delete made['cache.entries'];
        delete made['cache.repeated_misses'];
        const hits = index === 0 ? 'cache.hits' : `cache.hits ${kind === 'lru' ? 'memory' : 'keyv'}`;
        assert.deepEqual(made, {
          'cache.operations get_or_set': 2,
          'cache.operations get': 1,
          'cache.operations delete': 1,
          [hits]: 2,
          'cache.misses': 2,
          'cache.writes_without_ttl': 1,
        });
      }
    });
  }

  it('nothing is seen after disable(), and the classes are as they were', async () => {
    const { Keyv } = requireHere('keyv');
    const keyv = new Keyv({ namespace: 'users' });
    const patched = Keyv.prototype.get;
    observer.instrumentation.disable();
    try {
      assert.notEqual(Keyv.prototype.get, patched);
      assert.equal(Keyv.prototype.constructor.prototype, Keyv.prototype);
      await keyv.set('a', 1);
      assert.deepEqual(observer.spans(), []);
    } finally {
      observer.instrumentation.enable();
    }
    assert.ok(metrics.getMeterProvider());
  });
});
