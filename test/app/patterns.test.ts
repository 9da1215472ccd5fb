import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import Keyv from 'keyv';
import { CacheAside, MultiLevelCache, TracedCache, WriteThroughCache } from '../../src';
import { observe } from '../adapters/observe';
import { treeOf } from './trees';

interface Product {
  readonly name: string;
}

/** A store that fails in what it is told to. */
class Flaky extends Map<string, unknown> {
  readonly failing = new Set<'set' | 'delete' | 'clear'>();

  override set(key: string, value: unknown): this {
    if (this.failing?.has('set')) throw Object.assign(new Error('set'), { code: 'ESET' });
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    if (this.failing.has('delete')) throw Object.assign(new Error('delete'), { code: 'EDELETE' });
    return super.delete(key);
  }

  override clear(): void {
    if (this.failing.has('clear')) throw new Error('clear');
    super.clear();
  }
}

describe('CacheAside', () => {
  const observer = observe();

  it('reads through, loads once, and forgets what has changed', async () => {
    const database = new Map<string, Product>([['1', { name: 'Chair' }]]);
    let loads = 0;
    const cache = new TracedCache<Product>('aside', new Map(), { prefix: 'product:' });
    const products = new CacheAside(
      cache,
      {
        load: async (key, { signal }) => {
          loads++;
          assert.ok(signal instanceof AbortSignal);
          await passes(5);
          return database.get(key);
        },
      },
      { ttl: 60 },
    );
    await observer.traced(async () => {
      const found = await Promise.all(Array.from({ length: 10 }, () => products.get('1')));
      assert.deepEqual(found[9], { name: 'Chair' });
      database.set('1', { name: 'Table' });
      assert.deepEqual(await products.get('1'), { name: 'Chair' });
      await products.invalidate('1', '2');
      assert.deepEqual(await products.get('1'), { name: 'Table' });
      assert.equal(await products.get('3'), undefined);
    });
    assert.equal(loads, 3);
    const span = observer.spans().find(({ name }) => name === 'cache.get_or_set aside')!;
    assert.equal(span.attributes['cache.pattern'], 'cache-aside');
    assert.equal(observer.spans().filter(({ name }) => name === 'cache.load aside').length, 3);
    observer.sdk.reset();
    await observer.traced(() => cache.get('1'));
    assert.equal(observer.span().attributes['cache.pattern'], undefined);
  });

  it('a load that began before the invalidation is not kept', async () => {
    const cache = new TracedCache<number>('aside', new Map());
    let value = 1;
    const numbers = new CacheAside(cache, {
      load: async () => {
        const read = value;
        await passes(20);
        return read;
      },
    });
    const old = numbers.get('a');
    await passes(5);
    value = 2;
    await numbers.invalidate('a');
    assert.deepEqual([await old, await numbers.get('a')], [1, 2]);
    const signal = AbortSignal.abort();
    await assert.rejects(numbers.get('b', { signal }), { name: 'AbortError' });
  });

  it('a source that cannot load is refused', () => {
    const cache = new TracedCache<number>('aside', new Map());
    assert.throws(() => new CacheAside(cache, {} as never), { name: 'TypeError', message: /^load of the source/ });
    assert.throws(() => new WriteThroughCache(cache, { load: () => 1 } as never), { message: /^save of the source/ });
    assert.throws(() => new CacheAside(cache, null as never), { name: 'TypeError', message: /^load of the source/ });
  });

  it('what is no cache of this package is refused', () => {
    const source = { load: () => 1, save: () => undefined };
    const refused = { name: 'TypeError', message: /^the cache is a TracedCache/ };
    for (const other of [new Map(), undefined, null, 'cache']) {
      assert.throws(() => new CacheAside(other as never, source), refused);
      assert.throws(() => new WriteThroughCache(other as never, source), refused);
    }
  });
});

describe('WriteThroughCache', () => {
  const observer = observe();

  function make() {
    const store = new Flaky();
    const database = new Map<string, Product>();
    const order: string[] = [];
    const cache = new TracedCache<Product>('through', store, { prefix: 'product:', ttl: 60 });
    const products = new WriteThroughCache(cache, {
      load: (key) => database.get(key),
      save: async (key, value) => {
        await passes(1);
        assert.equal(store.size, 0);
        order.push('source');
        database.set(key, value);
      },
    });
    return { store, database, cache, products, order };
  }

  it('writes to the source, then to the cache', async () => {
    const { products, cache } = make();
    await observer.traced(async () => {
      assert.deepEqual(await products.save('1', { name: 'Chair' }), { cached: 'written' });
    });
    assert.deepEqual(treeOf(observer.spans()), ['cache.set through', '  cache.persist through']);
    const { attributes } = observer.spans().find(({ name }) => name === 'cache.set through')!;
    assert.deepEqual([attributes['cache.pattern'], attributes['cache.ttl']], ['write-through', 60]);
    assert.deepEqual(await cache.get('1'), { name: 'Chair' });
    observer.sdk.reset();
    await observer.traced(() => products.get('1'));
    const { attributes: read } = observer.span();
    assert.deepEqual([read['cache.pattern'], read['cache.hit']], ['write-through', true]);
  });

  it('a source that fails leaves the cache as it was', async () => {
    const { cache } = make();
    await cache.set('1', { name: 'Chair' });
    const failure = new Error('no');
    const products = new WriteThroughCache(cache, { load: () => undefined, save: () => Promise.reject(failure) });
    await observer.traced(() => assert.rejects(products.save('1', { name: 'Table' }), (error) => error === failure));
    assert.deepEqual(await cache.get('1'), { name: 'Chair' });
    const statuses = observer.spans().map(({ name, status }) => [name, status.code]);
    assert.deepEqual(statuses.slice(0, 2).sort(), [
      ['cache.persist through', 'ERROR'],
      ['cache.set through', 'ERROR'],
    ]);
  });

  it('a cache that fails does not fail the save: the older value is deleted, or that is told', async () => {
    const { products, store, database, cache } = make();
    await cache.set('1', { name: 'Chair' });
    const source = {
      load: (key: string) => database.get(key),
      save: (key: string, value: Product) => database.set(key, value),
    };
    const through = new WriteThroughCache(cache, source);
    store.failing.add('set');
    await observer.traced(async () => {
      const { cached, error } = await through.save('1', { name: 'Table' });
      assert.deepEqual([cached, (error as { code: string }).code], ['deleted', 'ESET']);
    });
    assert.deepEqual([database.get('1'), store.size], [{ name: 'Table' }, 0]);
    const { status, attributes } = observer.spans().find(({ name }) => name === 'cache.set through')!;
    assert.deepEqual([status.code, attributes['error.type']], ['UNSET', 'ESET']);
    store.failing.clear();
    await cache.set('1', { name: 'Table' });
    store.failing.add('set').add('delete');
    assert.equal((await through.save('1', { name: 'Lamp' })).cached, 'stale');
    assert.deepEqual(await products.get('1'), { name: 'Table' });
    await assert.rejects(through.save(5 as never, { name: 'x' }), TypeError);
    await assert.rejects(through.save('1', undefined as never), TypeError);
  });

  it('tells where Keyv has kept nothing, which gives no error', async () => {
    const kept = new Flaky();
    const keyv = new Keyv({ store: kept });
    keyv.on('error', () => undefined);
    const cache = new TracedCache<Product>('through', keyv);
    const products = new WriteThroughCache(cache, { load: () => undefined, save: () => undefined });
    await products.save('1', { name: 'Chair' });
    kept.failing.add('set').add('delete');
    assert.equal((await products.save('1', { name: 'Table' })).cached, 'stale');
    await assert.rejects(cache.set('1', { name: 'Table' }), { message: 'keyv did not keep the value' });
    await assert.rejects(cache.delete('1'), { message: 'delete' });
    const levels = new WriteThroughCache(new MultiLevelCache<Product>([new Map(), keyv]), {
      load: () => undefined,
      save: () => undefined,
    });
    assert.equal((await levels.save('1', { name: 'Table' })).cached, 'stale');
    assert.equal(await cache.getOrSet('2', () => ({ name: 'Lamp' })).then(({ name }) => name), 'Lamp');
    kept.failing.delete('delete');
    assert.equal((await products.save('1', { name: 'Table' })).cached, 'deleted');
    assert.equal(await cache.get('1'), undefined);
    assert.equal((await products.save('1', { name: 'Table' })).cached, 'deleted');
    await assert.doesNotReject(cache.clear());
    kept.failing.add('clear');
    await assert.rejects(cache.clear(), { message: 'clear' });
    assert.equal(keyv.listeners('error').length, 1);
  });
});
