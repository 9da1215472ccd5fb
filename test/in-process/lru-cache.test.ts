import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { observe } from '../adapters/observe';
import { copyLibrary, requireHere } from '../contract/library-copies';
import { temporaryFolder, until } from '../support/children';
import { ROOT, runFixture } from '../support/fixture';
import { counted } from './counted';

/* eslint-disable @typescript-eslint/no-explicit-any -- the library as an application that is not typed has it */

const METHODS = ['get', 'set', 'delete', 'clear', 'load', 'fetch', 'forceFetch', 'memo', 'dispose', 'constructor'];

function properties(prototype: object): (PropertyDescriptor | undefined)[] {
  return METHODS.map((method) => Object.getOwnPropertyDescriptor(prototype, method));
}

describe('lru-cache', () => {
  const observer = observe();
  let LRUCache: any;
  before(() => {
    ({ LRUCache } = copyLibrary('lru-cache')('lru-cache'));
  });

  it('counts reads, writes and evictions by the place that makes the cache', async () => {
    const cache = new LRUCache({ max: 2 });
    for (const key of ['a', 'b', 'c']) cache.set(key, key);
    assert.deepEqual([cache.get('a'), cache.get('c')], [undefined, 'c']);
    cache.delete('c');
    assert.deepEqual(await counted(observer, /lru-cache\.test\.ts/), {
      'cache.operations get': 2,
      'cache.operations set': 3,
      'cache.operations delete': 1,
      'cache.hits': 1,
      'cache.misses': 1,
      'cache.evictions capacity': 1,
      'cache.entries': 1,
    });
    cache.clear();
  });

  it('makes no span', async () => {
    await observer.traced(() => new LRUCache({ max: 2 }).get('a'));
    assert.deepEqual(observer.spans(), []);
  });

  it('what is stored may be anything but undefined', async () => {
    const before = await counted(observer, /lru-cache\.test\.ts/);
    const cache = new LRUCache({ max: 9 });
    for (const value of [null, 0, '', false]) {
      cache.set('key', value);
      assert.equal(cache.get('key'), value);
    }
    const after = await counted(observer, /lru-cache\.test\.ts/);
    assert.equal(after['cache.hits']! - before['cache.hits']!, 4);
    assert.equal(after['cache.misses'], before['cache.misses']);
  });

  it('tells what expired, and the size that the application counts in', async () => {
    const cache = new LRUCache({ maxSize: 100, ttl: 10, sizeCalculation: (value: string) => value.length });
    cache.set('a', 'xxxxx');
    cache.set('b', 'xxx');
    const before = await counted(observer, /lru-cache\.test\.ts/);
    assert.equal(before['cache.estimated_size'], 8);
    await until(() => cache.getRemainingTTL('a') < 0, 'expired');
    assert.equal(cache.get('a'), undefined);
    const after = await counted(observer, /lru-cache\.test\.ts/);
    assert.equal(after['cache.evictions expired']! - (before['cache.evictions expired'] ?? 0), 1);
    assert.equal(after['cache.operations delete'], before['cache.operations delete']);
  });

  it('counts a fetch once, and not what it stores', async () => {
    const before = await counted(observer, /lru-cache\.test\.ts/);
    const cache = new LRUCache({ max: 9, fetchMethod: (key: string) => sleep(1, `${key}!`) });
    assert.deepEqual(await Promise.all([cache.fetch('a'), cache.fetch('a')]), ['a!', 'a!']);
    assert.equal(await cache.forceFetch('a'), 'a!');
    const memo = new LRUCache({ max: 9, memoMethod: (key: string) => `${key}?` });
    assert.deepEqual([memo.memo('a'), memo.memo('a')], ['a?', 'a?']);
    const after = await counted(observer, /lru-cache\.test\.ts/);
    const grown = (name: string) => after[name]! - before[name]!;
    assert.deepEqual(
      ['cache.operations get', 'cache.hits', 'cache.misses', 'cache.operations set'].map(grown),
      [5, 2, 3, 0],
    );
  });

  it('what the application deletes is deleted, stale or not', async () => {
    const cache = new LRUCache({ max: 9, ttl: 1 });
    cache.set('a', 1);
    await until(() => cache.getRemainingTTL('a') < 0, 'expired');
    const before = await counted(observer, /lru-cache\.test\.ts/);
    assert.equal(cache.delete('a'), true);
    const after = await counted(observer, /lru-cache\.test\.ts/);
    assert.equal(after['cache.operations delete']! - before['cache.operations delete']!, 1);
    assert.equal(after['cache.evictions expired'], before['cache.evictions expired']);
  });

  it('a memo that has nothing to store neither writes nor deletes', async () => {
    const before = await counted(observer, /lru-cache\.test\.ts/);
    const cache = new LRUCache({ max: 9, memoMethod: () => undefined });
    assert.equal(cache.memo('a'), undefined);
    const after = await counted(observer, /lru-cache\.test\.ts/);
    const grown = (name: string) => after[name]! - before[name]!;
    assert.deepEqual(['cache.misses', 'cache.operations set', 'cache.operations delete'].map(grown), [1, 0, 0]);
  });

  it("asks for what is there without the application's knowledge", async () => {
    const heard: unknown[] = [];
    const hear = (message: unknown) => heard.push((message as { op: string }).op);
    class Own extends (LRUCache as new (options: object) => { fetch(key: string): unknown; peek(): unknown }) {
      override peek(): unknown {
        throw new Error('not to be called');
      }
    }
    const cache = new Own({ max: 9, fetchMethod: () => Promise.resolve(1) });
    subscribe('lru-cache:metrics', hear);
    try {
      assert.equal(await cache.fetch('a'), 1);
      assert.equal(await cache.fetch('a'), 1);
    } finally {
      unsubscribe('lru-cache:metrics', hear);
    }
    assert.ok(!heard.includes('peek'), String(heard));
  });

  it("keeps the caller's options, and its dispose as it sees it", () => {
    const disposed: unknown[] = [];
    const dispose = function (this: unknown, ...args: unknown[]): void {
      disposed.push([this === cache, ...args]);
    };
    const options = Object.freeze({ max: 1, dispose });
    const cache = new LRUCache(options);
    assert.equal(cache.dispose, dispose);
    cache.set('a', 1).set('b', 2);
    assert.deepEqual(disposed, [[true, 1, 'a', 'evict']]);
    assert.equal(new LRUCache({ max: 1 }).dispose, undefined);
    class Inheriting {
      get max(): number {
        return 5;
      }
    }
    assert.equal(new LRUCache(new Inheriting()).max, 5);
  });

  it('counts no eviction where the dispose of the application throws', async () => {
    const dispose = () => {
      throw new RangeError('dispose');
    };
    const before = await counted(observer, /lru-cache\.test\.ts/);
    const cache = new LRUCache({ max: 1, dispose });
    cache.set('a', 1);
    assert.throws(() => cache.set('b', 1), RangeError);
    assert.equal(cache.size, 1);
    const after = await counted(observer, /lru-cache\.test\.ts/);
    assert.equal(after['cache.evictions capacity'], before['cache.evictions capacity']);
  });

  it('is the same class for the application', () => {
    const cache = new LRUCache({ max: 1 });
    assert.ok(cache instanceof LRUCache);
    assert.equal(cache.constructor, LRUCache);
    class Own extends (LRUCache as new (options: object) => { get(key: unknown): unknown }) {
      override get(key: unknown): unknown {
        return super.get(key) ?? 'own';
      }
    }
    const own = new Own({ max: 1 });
    assert.ok(own instanceof Own && own instanceof LRUCache);
    assert.equal(own.get('a'), 'own');
    assert.deepEqual(Object.getOwnPropertySymbols(cache), [Symbol.toStringTag]);
    assert.throws(() => (LRUCache as () => unknown)(), /without .new./);
    assert.throws(() => new LRUCache(), TypeError);
    assert.throws(() => new LRUCache({ max: -1 }), /nonnegative/);
  });

  it('is observed in each of its builds, required and imported', async () => {
    const folder = temporaryFolder();
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const use = "const cache = new LRUCache({ max: 1 }); cache.set('a', 1); cache.get('a');";
    const programs = {
      'app.cjs': `const { LRUCache } = require('lru-cache/raw'); ${use}`,
      'app.mjs': `import { LRUCache } from 'lru-cache/raw'; ${use}`,
    };
    for (const [name, program] of Object.entries(programs)) {
      writeFileSync(join(folder, name), program);
      const env = {
        OTEL_INSTRUMENTATION_CACHE_REPORT: 'stderr',
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
      };
      const { code, stderr } = await runFixture(join(folder, name), { preload: 'require', env });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /, 2 operations\n/, name);
    }
  });

  it('is restored exactly', () => {
    const { LRUCache: own } = requireHere('lru-cache');
    observer.instrumentation.disable();
    const exports = requireHere('lru-cache');
    const [before, original] = [properties(own.prototype), exports.LRUCache];
    for (let round = 0; round < 2; round++) {
      observer.instrumentation.enable();
      for (const [index, property] of properties(own.prototype).entries()) {
        assert.notDeepEqual(property, before[index], METHODS[index]);
        assert.equal(property?.value?.name, before[index]?.value?.name);
        assert.equal(property?.value?.length, before[index]?.value?.length);
      }
      assert.notEqual(exports.LRUCache, original);
      observer.instrumentation.disable();
      assert.deepEqual(properties(own.prototype), before);
      assert.equal(exports.LRUCache, original);
    }
    observer.instrumentation.enable();
  });

  it('is left alone where it is not chosen', async () => {
    observer.instrumentation.setConfig({ clients: ['-lru-cache'] });
    const before = await counted(observer, /lru-cache\.test\.ts/);
    const cache = new LRUCache({ max: 1 });
    cache.set('a', 1);
    assert.equal(cache.get('a'), 1);
    assert.equal((await counted(observer, /lru-cache\.test\.ts/))['cache.hits'], before['cache.hits']);
    observer.instrumentation.setConfig({});
  });
});
