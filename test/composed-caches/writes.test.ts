import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRIC_CACHE_REPEATED_MISSES, METRIC_CACHE_WRITES_WITHOUT_TTL } from '../../src/semconv';
import { observe } from '../adapters/observe';
import { requireHere } from '../contract/library-copies';
import { until } from '../support/children';

/* eslint-disable @typescript-eslint/no-explicit-any -- the libraries as an application that is not typed has them */

describe('writes of libraries that answer with promises', () => {
  const observer = observe();
  let libraries: Record<'keyv' | 'manager' | 'cacheable' | 'bentocache' | 'drivers' | 'unstorage', any>;
  before(() => {
    libraries = {
      keyv: requireHere('keyv'),
      manager: requireHere('cache-manager'),
      cacheable: requireHere('cacheable'),
      bentocache: requireHere('bentocache'),
      drivers: requireHere('bentocache/drivers/memory'),
      unstorage: requireHere('unstorage'),
    };
  });

  async function total(metric: string): Promise<number> {
    return (await observer.points(metric)).reduce((sum, { value }) => sum + value!, 0);
  }

  async function grown(metric: string, run: () => Promise<unknown>): Promise<number> {
    const before = await total(metric);
    await run();
    return (await total(metric)) - before;
  }

  const load = () => Promise.resolve(1);

  /** Reads that load what is not there, and keep it for 5 ms. */
  const loading: Record<string, () => (key: string) => Promise<unknown>> = {
    'cache-manager': () => {
      const cache = libraries.manager.createCache();
      return (key) => cache.wrap(key, load, 5);
    },
    cacheable: () => {
      const cache = new libraries.cacheable.Cacheable({ ttl: 5 });
      return (key) => cache.getOrSet(key, load);
    },
    bentocache: () => {
      const { BentoCache, bentostore } = libraries.bentocache;
      const stores = { users: bentostore().useL1Layer(libraries.drivers.memoryDriver({})) };
      const cache = new BentoCache({ default: 'users', stores });
      return (key) => cache.getOrSet({ key, factory: load, ttl: 5 });
    },
  };

  for (const [library, make] of Object.entries(loading)) {
    it(`${library}: what is loaded is written, and missed anew when its time is over`, async () => {
      const read = make();
      const misses = await total('cache.misses');
      const repeated = await grown(METRIC_CACHE_REPEATED_MISSES, async () => {
        for (let round = 0; round < 3; round++) {
          await read('k');
          const over = Date.now() + 5;
          await until(() => Date.now() > over, 'expired');
        }
      });
      assert.deepEqual([(await total('cache.misses')) - misses, repeated], [3, 0]);
    });
  }

  it('bentocache: keys of namespaces are apart, in loads too', async () => {
    const { BentoCache, bentostore } = libraries.bentocache;
    const stores = { apart: bentostore().useL1Layer(libraries.drivers.memoryDriver({})) };
    const cache = new BentoCache({ default: 'apart', stores });
    const spaces = [cache.namespace('a'), cache.namespace('b'), cache.use().namespace('a').namespace('c'), cache.use()];
    const repeated = await grown(METRIC_CACHE_REPEATED_MISSES, async () => {
      for (const space of spaces) await space.get({ key: 'k' });
    });
    assert.equal(repeated, 0);
    const again = await grown(METRIC_CACHE_REPEATED_MISSES, () => cache.namespace('b').get({ key: 'k' }));
    assert.equal(again, 1, 'the same namespace');
    await observer.traced(() =>
      Promise.all(spaces.map((space) => space.getOrSet({ key: 'k', factory: () => sleep(5, 1) }))),
    );
    const spans = observer.spans().filter(({ attributes }) => attributes['cache.operation'] === 'get_or_set');
    assert.deepEqual(
      spans.map(({ attributes }) => [attributes['cache.key_pattern'], attributes['cache.coalesced']]).sort(),
      [
        ['a:c:k', undefined],
        ['a:k', undefined],
        ['b:k', undefined],
        ['k', undefined],
      ],
    );
  });

  it('bentocache: a loader is called on what the library calls it on', async () => {
    const { BentoCache, bentostore } = libraries.bentocache;
    const stores = { things: bentostore().useL1Layer(libraries.drivers.memoryDriver({})) };
    const factory = function (this: { key?: unknown } | undefined): unknown {
      return this?.key;
    };
    const cache = new BentoCache({ default: 'things', stores });
    assert.equal(await cache.getOrSet({ key: 'k', factory }), 'k');
  });

  it('several keys that are written in one call were written', async () => {
    const { keyv, manager, cacheable, unstorage } = libraries;
    const entries = ['a', 'b'].map((key) => ({ key, value: 1 }));
    const [managed, cached, stored] = [manager.createCache(), new cacheable.Cacheable(), unstorage.createStorage()];
    const calls: (readonly [() => Promise<unknown>, (key: string) => Promise<unknown>])[] = [
      [() => managed.mset(entries), (key) => managed.get(key)],
      [() => cached.setMany(entries), (key) => cached.get(key)],
      [() => stored.setItems(entries), (key) => stored.getItem(key)],
    ];
    for (const [write, read] of calls) {
      const unlimited = await grown(METRIC_CACHE_WRITES_WITHOUT_TTL, async () => {
        await read('a');
        await write();
      });
      assert.equal(unlimited, 2);
    }
    const failing = new keyv.Keyv({ store: Object.assign(new Map(), { set: () => Promise.reject(new Error('no')) }) });
    failing.on('error', () => undefined);
    assert.equal(await grown(METRIC_CACHE_WRITES_WITHOUT_TTL, () => failing.set('a', 1)), 0);
  });

  it('a TTL may be that of the cache, of its store or of its driver', async () => {
    const { keyv, manager, cacheable, unstorage } = libraries;
    const { Cacheable } = cacheable;
    const ofStore = () => new keyv.Keyv({ ttl: 5000 });
    const driver = { ...unstorage.createStorage().getMount('').driver, options: { ttl: 5 } };
    const storage = unstorage.createStorage({ driver });
    const caches = {
      'cache-manager': manager.createCache({ ttl: 5000 }),
      'its store': manager.createCache({ stores: [ofStore()] }),
      cacheable: new Cacheable({ ttl: 5000 }),
      'in words': new Cacheable({ ttl: '5s' }),
      'its primary': new Cacheable({ primary: ofStore() }),
      'its limit': new Cacheable({ maxTtl: 5000 }),
      'its driver': { set: (key: string, value: unknown) => storage.setItem(key, value) },
    };
    for (const [name, cache] of Object.entries(caches)) {
      observer.sdk.reset();
      assert.equal(
        await grown(METRIC_CACHE_WRITES_WITHOUT_TTL, () => observer.traced(() => cache.set('a', 1))),
        0,
        name,
      );
      const [span] = observer.spans().filter(({ parentSpanId }) => parentSpanId !== undefined);
      assert.equal(span!.attributes['cache.ttl'], name === 'in words' ? undefined : 5, name);
    }
    const cache = new Cacheable({ ttl: 60_000 });
    await observer.traced(() => cache.set('a', 1, { ttl: 1000 }));
    assert.equal(observer.spans().at(-1)!.attributes['cache.ttl'], 1);
  });

  it('unstorage: metadata and what is set to undefined is no write', async () => {
    const storage = libraries.unstorage.createStorage();
    const operations = await total('cache.operations');
    const unlimited = await grown(METRIC_CACHE_WRITES_WITHOUT_TTL, async () => {
      await storage.setMeta('a', { owner: 1 });
      await storage.getMeta('a');
      await storage.removeMeta('a');
      await storage.setItem('a', undefined);
    });
    assert.deepEqual([(await total('cache.operations')) - operations, unlimited], [1, 0]);
  });
});
