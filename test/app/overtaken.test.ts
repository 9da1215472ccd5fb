import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { TracedCache } from '../../src';
import { observe } from '../adapters/observe';
import { until } from '../support/children';

/** A store that does what it is asked for when it is let, in any order. */
class Unordered {
  readonly map = new Map<string, unknown>();
  readonly waiting: { readonly name: string; go(): void }[] = [];

  private asked<T>(name: string, act: () => T): Promise<T> {
    return new Promise((resolve) => this.waiting.push({ name, go: () => resolve(act()) }));
  }

  get(key: string): Promise<unknown> {
    // What it finds is what there is now, whenever the answer comes.
    const found = this.map.get(key);
    return this.asked('get', () => found);
  }

  set(key: string, value: unknown): Promise<unknown> {
    return this.asked('set', () => this.map.set(key, value));
  }

  delete(key: string): Promise<unknown> {
    return this.asked('delete', () => this.map.delete(key));
  }

  /** Lets it do what it was asked for first, or last, of that name. */
  async lets(name: string, which: 'first' | 'last' = 'first'): Promise<void> {
    const found = () => this.waiting.filter((one) => one.name === name).at(which === 'first' ? 0 : -1);
    const one = await until(found, `${name} is asked for`, 2000);
    this.waiting.splice(this.waiting.indexOf(one), 1);
    one.go();
    await passes(0);
  }
}

describe('what is written or deleted while a store is asked', () => {
  const observer = observe();
  let store: Unordered;
  let cache: TracedCache<number>;
  let name: string;
  let caches = 0;
  beforeEach(() => {
    store = new Unordered();
    cache = new TracedCache<number>((name = `overtaken ${++caches}`), store, { storeTimeout: '10s' });
  });

  it('is not written over by a load whose value arrives late', async () => {
    const loading = cache.getOrSet('a', () => 1);
    await store.lets('get');
    const setting = cache.set('a', 2);
    await until(() => store.waiting.length === 2, 'both are being written');
    await store.lets('set', 'last');
    await setting;
    await store.lets('set');
    assert.equal(await loading, 1);
    await store.lets('delete');
    assert.equal(store.map.get('a'), undefined);
  });

  it('is not given out as it was to who asks after that', async () => {
    store.map.set('a', 1);
    const deleting = cache.delete('a');
    const early = cache.getOrSet('a', () => 2);
    await store.lets('delete');
    await deleting;
    const late = cache.getOrSet('a', () => 3);
    await until(() => store.waiting.length === 2, 'both read');
    await store.lets('get');
    assert.equal(await early, 1);
    await store.lets('get');
    await store.lets('set');
    assert.deepEqual([await late, store.map.get('a')], [3, 3]);
  });

  it('a load has ended once, though its caller leaves while the value is written', async () => {
    const controller = new AbortController();
    const leaving = observer.traced(() => cache.getOrSet('a', () => 1, { signal: controller.signal }));
    await store.lets('get');
    await until(() => store.waiting.length === 1, 'the value is written');
    controller.abort();
    await assert.rejects(leaving, { name: 'AbortError' });
    const joining = cache.getOrSet('a', () => 2);
    await store.lets('set');
    assert.equal(await joining, 1);
    const loads = await observer.points('cache.load.duration', { 'cache.name': name });
    assert.deepEqual(
      loads.map(({ attributes, histogram }) => [attributes['error.type'], histogram!.count]),
      [[undefined, 1]],
    );
    const spans = observer.spans().filter((one) => one.name === `cache.load ${name}`);
    assert.deepEqual(
      spans.map(({ status }) => status.code),
      ['UNSET'],
    );
  });
});
