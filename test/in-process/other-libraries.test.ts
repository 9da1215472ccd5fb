import assert from 'node:assert/strict';
import { join } from 'node:path';
import { observe } from '../adapters/observe';
import { requireHere } from '../contract/library-copies';
import { until } from '../support/children';
import { ROOT } from '../support/fixture';
import { loadVersion } from '../support/library-versions';
import { counted } from './counted';

/* eslint-disable @typescript-eslint/no-explicit-any -- the libraries as an application that is not typed has them */

const HERE = /other-libraries\.test\.ts/;

describe('node-cache, ttlcache and quick-lru', () => {
  const observer = observe();
  let NodeCache: any;
  let TTLCache: any;
  let QuickLRU: any;
  before(() => {
    NodeCache = requireHere('node-cache');
    ({ TTLCache } = requireHere('@isaacs/ttlcache'));
    ({ default: QuickLRU } = requireHere('quick-lru'));
  });

  async function grown(run: () => unknown): Promise<Record<string, number>> {
    const before = await counted(observer, HERE);
    await run();
    const after = await counted(observer, HERE);
    const changes = Object.entries(after).map(([id, value]) => [id, value - (before[id] ?? 0)] as const);
    return Object.fromEntries(changes.filter(([id, change]) => change !== 0 && id !== 'cache.entries'));
  }

  it('node-cache: several keys, what is taken, and what expired, which is no delete', async () => {
    const cache = new NodeCache({ checkperiod: 0 });
    const made = await grown(async () => {
      cache.mset([
        { key: 'a', val: 1 },
        { key: 'b', val: 2, ttl: 0.001 },
      ]);
      assert.deepEqual(cache.mget(['a', 'x']), { a: 1 });
      assert.equal(cache.take('a'), 1);
      await until(() => cache.data.b.t < Date.now(), 'expired');
      assert.equal(cache.get('b'), undefined);
      cache.flushAll();
    });
    delete made['cache.estimated_size'];
    assert.deepEqual(made, {
      'cache.operations get': 3,
      'cache.operations set': 2,
      'cache.operations delete': 1,
      'cache.operations clear': 1,
      'cache.hits': 2,
      'cache.misses': 2,
      'cache.evictions expired': 1,
    });
  });

  it('node-cache: what expired once, whatever its listeners do', async () => {
    const cache = new NodeCache({ checkperiod: 0 });
    const made = await grown(async () => {
      for (const key of ['a', 'b', 'c']) cache.set(key, 1, 0.001);
      await until(() => cache.data.c.t < Date.now(), 'expired');
      cache.once('expired', () => {
        throw new RangeError('expired');
      });
      assert.throws(() => cache.get('a'), RangeError);
      cache.once('del', () => {
        cache.del('c');
        throw new RangeError('deleted');
      });
      assert.throws(() => cache.get('b'), RangeError);
      assert.equal(cache.del('a'), 0);
    });
    delete made['cache.estimated_size'];
    assert.deepEqual(made, {
      'cache.operations set': 3,
      'cache.operations delete': 2,
      'cache.evictions expired': 2,
    });
  });

  it('node-cache: nothing that stays after its time is over', async function () {
    // Versions may have to be installed.
    this.timeout(120_000);
    for (const version of ['5.0.0', '5.1.2']) {
      const cache = new ((await loadVersion('node-cache', version)) as any)({ checkperiod: 0, deleteOnExpire: false });
      const made = await grown(async () => {
        cache.set('a', 1, 0.001);
        await until(() => cache.data.a.t < Date.now(), 'expired');
        cache.once('expired', () => cache.del('b'));
        cache.get('a');
        cache.get('a');
        cache.del('a');
      });
      assert.deepEqual(
        Object.keys(made).filter((name) => name.startsWith('cache.evictions')),
        [],
        version,
      );
      assert.equal(made['cache.operations delete'], 2, version);
    }
  });

  it('node-cache: what it holds, after its statistics were flushed, too', async () => {
    const cache = new NodeCache({ checkperiod: 0 });
    const contents = async (run: () => unknown) => {
      const before = await counted(observer, HERE);
      run();
      const after = await counted(observer, HERE);
      return ['cache.entries', 'cache.estimated_size'].map((id) => after[id]! - before[id]!);
    };
    assert.deepEqual(await contents(() => cache.mset(['a', 'b'].map((key) => ({ key, val: 'xx' })))), [2, 6]);
    assert.deepEqual(await contents(() => cache.flushStats()), [0, 0]);
    assert.deepEqual(await contents(() => cache.del('a')), [-1, -3]);
    assert.deepEqual(await contents(() => cache.flushStats()), [0, 0]);
    assert.deepEqual(await contents(() => cache.flushAll()), [-1, -3]);
    assert.deepEqual(await contents(() => cache.set('c', 'x')), [1, 2]);
    assert.equal(cache.getStats().keys, 1);
  });

  it('ttlcache: evictions by reason, which are no deletes', async () => {
    const disposed: unknown[] = [];
    const dispose = (...args: unknown[]) => disposed.push(args);
    const cache = new TTLCache({ max: 2, ttl: 5, checkAgeOnGet: true, dispose });
    assert.equal(cache.dispose, dispose);
    const made = await grown(async () => {
      for (const key of ['a', 'b', 'c']) cache.set(key, key);
      await until(() => disposed.length >= 3, 'all are gone');
      assert.equal(cache.get('c'), undefined);
    });
    assert.deepEqual(made, {
      'cache.operations get': 1,
      'cache.operations set': 3,
      'cache.misses': 1,
      'cache.evictions capacity': 1,
      'cache.evictions expired': 2,
    });
  });

  it('ttlcache: what its dispose writes anew meanwhile', async () => {
    const renewed: unknown[] = [];
    const dispose = (_value: unknown, key: unknown, reason: string) => {
      if (reason === 'set' || renewed.includes(key)) return;
      renewed.push(key);
      cache.set(key, 'anew', { ttl: 60_000 });
    };
    const cache: any = new TTLCache({ ttl: 1, checkAgeOnGet: true, dispose });
    const made = await grown(async () => {
      cache.set('purged', 1);
      await until(() => renewed.length > 0, 'purged');
      cache.set('read', 1);
      const over = performance.now() + 3;
      while (performance.now() < over);
      assert.equal(cache.get('read'), undefined);
    });
    assert.deepEqual(renewed, ['purged', 'read']);
    assert.deepEqual(made, {
      'cache.operations get': 1,
      'cache.operations set': 4,
      'cache.misses': 1,
      'cache.evictions expired': 2,
    });
    cache.clear();
  });

  /** The newest version has one function that is told of all evictions, older ones have methods. */
  function bothGenerations(): [string, any][] {
    const older = join(ROOT, '.versions/quick-lru-6.1.2/node_modules/quick-lru/index.js');
    try {
      return [
        ['7', QuickLRU],
        ['6', requireHere(older).default],
      ];
    } catch {
      return [['7', QuickLRU]];
    }
  }

  it('quick-lru: evictions by reason, which are no deletes, and the callback of the application', async () => {
    for (const [version, Class] of bothGenerations()) {
      const evicted: unknown[] = [];
      const onEviction = (key: unknown) => evicted.push(key);
      const cache = new Class({ maxSize: 2, onEviction });
      const made = await grown(async () => {
        for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key);
        cache.set('e', 'e', { maxAge: 1 });
        const over = Date.now() + 5;
        await until(() => Date.now() > over, 'expired');
        assert.equal(cache.get('e'), undefined);
        assert.equal(cache.get('d'), 'd');
        cache.delete('d');
      });
      assert.deepEqual(evicted, ['a', 'b', 'e'], version);
      assert.deepEqual(made, {
        'cache.operations get': 2,
        'cache.operations set': 5,
        'cache.operations delete': 1,
        'cache.hits': 1,
        'cache.misses': 1,
        'cache.evictions capacity': 2,
        'cache.evictions expired': 1,
      });
    }
  });

  it('quick-lru: nothing is evicted where the callback of the application throws', async () => {
    const other = new QuickLRU({ maxSize: 1 });
    let calls = 0;
    const onEviction = () => {
      // Evicts in another cache meanwhile.
      other.set(calls, calls);
      if (++calls === 3) throw new RangeError('evicted');
    };
    const cache = new QuickLRU({ maxSize: 3, onEviction });
    const made = await grown(() => {
      for (const key of ['a', 'b', 'c', 'd', 'e']) cache.set(key, 1);
      assert.throws(() => cache.set('f', 1), RangeError);
      assert.deepEqual([...cache.keys()].sort(), ['a', 'b', 'c', 'd', 'e', 'f']);
      assert.equal(cache.delete('a'), true);
    });
    // What the other one has evicted.
    assert.equal(made['cache.evictions capacity'], 2);
    assert.equal(made['cache.evictions expired'], undefined);
    assert.equal(made['cache.operations delete'], 1);
  });

  it('quick-lru: what is written anew is not evicted, whatever its library tells', async () => {
    for (const [version, Class] of bothGenerations()) {
      const told: unknown[] = [];
      const cache = new Class({ maxSize: 3, onEviction: (key: unknown) => told.push(key) });
      const made = await grown(() => {
        for (let round = 0; round < 3; round++) for (const key of ['a', 'b', 'c']) cache.set(key, round);
        cache.set('d', 0).set('b', 0).set('c', 0);
      });
      assert.ok(told.length > 6, version);
      assert.deepEqual([...cache.keys()].sort(), ['b', 'c', 'd'], version);
      assert.deepEqual(made, { 'cache.operations set': 12, 'cache.evictions capacity': 1 }, version);
      cache.clear();
    }
  });
});
