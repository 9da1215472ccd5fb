import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as passes } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { Client as MemJS } from 'memjs';
import { createClient } from 'redis';
import { MultiLevelCache, TracedCache } from '../../src';
import { observe } from '../adapters/observe';
import { end, guard, until } from '../support/children';
import { ROOT } from '../support/fixture';
import { loadVersion } from '../support/library-versions';
import { PlainStore, useServers } from './stores';
import { treeOf } from './trees';

/** A store whose every call fails while it is told to. */
class FailingStore extends PlainStore {
  isDown = false;

  #check(): void {
    if (this.isDown) throw Object.assign(new Error('down'), { code: 'EDOWN' });
  }

  override get(key: string): Promise<unknown> {
    this.#check();
    return super.get(key);
  }

  override set(key: string, value: unknown): void {
    this.#check();
    super.set(key, value);
  }

  override delete(key: string): Promise<boolean> {
    this.#check();
    return super.delete(key);
  }
}

describe('MultiLevelCache', () => {
  const servers = useServers();
  const observer = observe();
  let redis: Redis;
  let caches = 0;
  before(async () => {
    redis = new Redis(servers.redis.port, servers.redis.host, { connectionName: 'remote' });
    await redis.ping();
  });
  servers.closing(() => redis.disconnect());

  /** Two levels and their parts; the caches are gone when the test is. */
  function make(options: object = {}, levels: object[] = [new Map(), redis]): MultiLevelCache<number> {
    const cache = new MultiLevelCache<number>(levels, {
      name: `levels ${++caches}`,
      prefix: `levels:${caches}:`,
      ...options,
    });
    closing.push(cache);
    return cache;
  }
  const closing: MultiLevelCache<number>[] = [];
  afterEach(() => Promise.all(closing.splice(0).map((cache) => cache.close())));
  const children: ChildProcess[] = [];
  afterEach(() => Promise.all(children.splice(0).map(end)));

  it('reads from the nearest, and tells which it was', async () => {
    const [near, far] = [new Map<string, unknown>(), redis];
    const cache = make({ ttl: 60, invalidation: false }, [near, far]);
    await cache.set('a', 1);
    await observer.traced(() => cache.get('a'));
    near.clear();
    await observer.traced(() => cache.getOrSet('a', () => 2));
    await observer.traced(() => cache.getMany(['a', 'x']));
    const shown = observer
      .spans()
      .filter(
        ({ kind, parentSpanId }) =>
          kind === 'INTERNAL' && !observer.spans().some(({ spanId }) => spanId === parentSpanId),
      );
    assert.deepEqual(
      shown.map(({ attributes }) => [
        attributes['cache.hit_level'],
        attributes['cache.levels'],
        attributes['cache.pattern'],
      ]),
      [
        ['memory', ['memory', 'redis'], 'multi-level'],
        ['redis', ['memory', 'redis'], 'multi-level'],
        [undefined, ['memory', 'redis'], 'multi-level'],
      ],
    );
    assert.deepEqual(treeOf(observer.spans()).slice(1, 4), [
      `cache.get_or_set ${cache.name}`,
      `  cache.get_or_set ${cache.name}`,
      '    GET levels:*:a',
    ]);
    const level = observer.spans().find(({ attributes }) => attributes['cache.level'] === 'redis')!;
    assert.deepEqual([level.attributes['cache.hit'], level.attributes['cache.value_size']], [true, 1]);
    const hits = await observer.points('cache.hits', { 'cache.name': cache.name });
    assert.deepEqual(
      hits
        .map(({ attributes, value }) => [attributes['cache.level'], value])
        .filter(([, value]) => value !== 0)
        .sort(),
      [
        ['memory', 2],
        ['redis', 1],
      ],
    );
    const misses = await observer.points('cache.misses', { 'cache.name': cache.name });
    assert.equal(
      misses.reduce((sum, { value }) => sum + value!, 0),
      1,
    );
  });

  it('fills the nearer levels for the time that is left', async () => {
    const [first, second] = [make({ ttl: '3s' }), new Map<string, { expires: number }>()];
    await first.set('a', 1);
    const began = Date.now();
    await passes(500);
    const other = new MultiLevelCache<number>([second, redis], { name: 'other', prefix: first['prefix'], ttl: 60 });
    closing.push(other);
    assert.equal(await other.get('a'), 1);
    const { expires } = second.get(`${first['prefix']}a`)!;
    assert.ok(expires <= began + 3001 && expires > began + 2000, `${expires - began}`);
    await until(async () => (await other.get('a')) === undefined, 'it is gone');
    assert.ok(Date.now() - began >= 2000);
  });

  it('what another program wrote has the time that the server tells', async () => {
    const near = new Map<string, { expires: number }>();
    const cache = make({ ttl: 60 }, [near, redis]);
    await servers.redis.call('SET', `${cache['prefix']}a`, '7', 'PX', 5000);
    assert.equal(await cache.get('a'), 7);
    const left = near.get(`${cache['prefix']}a`)!.expires - Date.now();
    assert.ok(left <= 5000 && left > 4000, `${left}`);
  });

  it('what another program wrote and nobody tells the time of is kept as long as the cache keeps', async () => {
    const far = MemJS.create(servers.memcached.location);
    const levels = [new Map<string, { expires: number }>(), new Map<string, unknown>(), far] as const;
    const cache = make({ ttl: 5 }, [...levels]);
    const key = `${cache['prefix']}a`;
    const left = (): number => levels[0].get(key)!.expires - Date.now();
    await far.set(key, '7', { expires: 100 });
    assert.equal(await cache.get('a'), 7);
    assert.ok(left() <= 5000 && left() > 4000, `${left()}`);
    levels[0].clear();
    levels[1].set(key, 8);
    assert.equal(await cache.get('a'), 8);
    assert.ok(left() <= 5000 && left() > 4000, `${left()}`);
    far.close();
  });

  it('a level keeps no longer than it may, and each has its own keys', async () => {
    const near = new LRUCache<string, object>({ max: 10 });
    const cache = make({ ttl: 60 }, [
      { store: near, ttl: '1s', name: 'l1', prefix: 'near/' },
      { store: redis, name: 'l2' },
    ]);
    await cache.set('a', 1);
    assert.ok(near.has(`near/${cache['prefix']}a`));
    await until(() => !near.has(`near/${cache['prefix']}a`), 'the near level forgets');
    assert.equal(await cache.get('a'), 1);
  });

  it('a hundred callers make one load', async () => {
    const cache = make({ ttl: 60 });
    let loads = 0;
    const load = () => passes(10).then(() => ++loads);
    assert.deepEqual(
      new Set(await Promise.all(Array.from({ length: 100 }, () => cache.getOrSet('a', load)))),
      new Set([1]),
    );
  });

  for (const down of ['near', 'far'] as const) {
    it(`does without its ${down} level`, async () => {
      const stores = { near: new FailingStore(), far: new FailingStore() };
      const cache = make({ ttl: 60 }, [
        { store: stores.near, name: 'near' },
        { store: stores.far, name: 'far' },
      ]);
      await cache.set('a', 1);
      stores[down].isDown = true;
      await observer.traced(async () => {
        assert.equal(await cache.get('a'), 1);
        await cache.set('b', 2);
        assert.equal(await cache.getOrSet('b', () => 9), 2);
        assert.equal(await cache.getOrSet('c', () => 3), 3);
        assert.equal(await cache.get('c'), 3);
        await assert.rejects(cache.delete('a'), { code: 'EDOWN' });
      });
      const failed = observer
        .spans()
        .filter(({ attributes, status }) => attributes['cache.level'] === down && status.code === 'ERROR');
      assert.ok(failed.length > 0);
      stores[down].isDown = false;
      // Both are asked: what was deleted in one only is told.
      assert.equal(await cache.get('a'), down === 'near' ? 1 : 1);
      assert.equal(await cache.delete('a'), true);
      assert.equal(await cache.get('a'), undefined);
    });
  }

  it('writes that no level takes are errors', async () => {
    const store = new FailingStore();
    const cache = make({}, [store]);
    store.isDown = true;
    await assert.rejects(cache.set('a', 1), { code: 'EDOWN' });
    await assert.rejects(cache.clear(), TypeError);
  });

  it('a read does not bring back what was deleted meanwhile', async () => {
    const near = new Map();
    const far = new PlainStore();
    const cache = make({ ttl: 60 }, [near, far]);
    await cache.set('a', 1);
    near.clear();
    const get = far.get.bind(far);
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    far.get = async (key) => {
      const value = await get(key);
      begin();
      await passes(20);
      return value;
    };
    const reading = cache.get('a');
    await begun;
    await cache.delete('a');
    assert.equal(await reading, 1);
    assert.equal(near.size, 0);
  });

  it('a write does not bring back what was deleted meanwhile, by this process or another', async () => {
    const far = new PlainStore();
    let answer = (): void => undefined;
    const set = far.set.bind(far);
    // It has the value before it answers.
    far.set = (key: string, value: unknown) => {
      set(key, value);
      return new Promise<void>((resolve) => (answer = resolve));
    };
    const near = new Map<string, unknown>();
    const options = { ttl: 60, name: 'overtaken', prefix: 'overtaken:' };
    const cache = make(options, [near, redis, far]);
    const other = make(options, [new Map(), redis]);
    await Promise.all([cache.ready(), other.ready()]);
    for (const remove of [() => cache.delete('a'), () => other.delete('a'), () => other.clear()]) {
      const writing = cache.set('a', 1);
      near.set('overtaken:a', 'until it is heard of');
      await remove();
      await until(() => !near.has('overtaken:a'), 'it was heard');
      answer();
      await writing;
      assert.equal(near.has('overtaken:a'), false, remove.toString());
    }
  });

  for (const client of ['ioredis', 'redis'] as const) {
    it(`hears through ${client} what others delete, and forgets all where it could not hear`, async () => {
      const node = client === 'redis' ? await createClient({ url: servers.redis.url }).connect() : undefined;
      const near = new Map<string, unknown>();
      const one = make({ ttl: 60, name: `heard by ${client}`, prefix: `${client}:` }, [near, node ?? redis]);
      const other = make({ ttl: 60, name: `heard by ${client}`, prefix: `${client}:` });
      await Promise.all([one.ready(), other.ready()]);
      await one.set('a', 1);
      await one.set('b', 2);
      await until(() => near.has(`${client}:a`), 'it is near');
      await other.delete('a');
      await until(() => !near.has(`${client}:a`), 'it was heard');
      assert.deepEqual([near.has(`${client}:b`), await one.get('a')], [true, undefined]);
      await other.set('b', 3);
      await until(async () => (await one.get('b')) === 3, 'the newer value is read');
      await servers.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await until(() => near.size === 0, 'nothing is trusted');
      await one.close();
      node?.destroy();
    });
  }

  it('hears others however the application wants its own commands to fail', async () => {
    const strict = new Redis(servers.redis.port, servers.redis.host, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResubscribe: false,
      lazyConnect: true,
    });
    await strict.connect();
    const near = new Map<string, unknown>();
    const one = make({ ttl: 60, name: 'strict', prefix: 'strict:' }, [near, strict]);
    const other = make({ ttl: 60, name: 'strict', prefix: 'strict:' });
    await Promise.all([one.ready(), other.ready()]);
    for (const value of [1, 2]) {
      await one.set('a', value);
      await other.delete('a');
      await until(() => near.size === 0, 'it was heard');
      await servers.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      const listening = async (): Promise<boolean> => {
        const [, count] = (await redis.pubsub('NUMSUB', 'cache:invalidations:strict')) as [string, number];
        return count === 2;
      };
      await until(listening, 'both listen again');
    }
    strict.disconnect();
  });

  it('is closed once, whoever ends it first', async function () {
    this.timeout(60_000);
    for (const version of ['4.7.1', '5.12.1']) {
      const { createClient: create } = (await loadVersion('redis', version)) as { createClient: typeof createClient };
      const node = await create({ url: servers.redis.url }).connect();
      const cache = make({ name: `closed ${version}` }, [new Map(), node]);
      await cache.ready();
      await cache.close();
      await cache.close();
      await node.quit();
    }
    await passes(0);
  });

  it('two processes: what one deletes, the other does not serve', async function () {
    this.timeout(60_000);
    const start = async () => {
      const file = join(ROOT, 'test/fixtures/cached-levels.js');
      const child = guard(
        spawn(process.execPath, [file, String(servers.redis.port)], { stdio: ['pipe', 'pipe', 'inherit'] }),
      );
      children.push(child);
      const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
      const next = async (): Promise<string> => (await lines.next()).value as string;
      assert.equal(await next(), 'ready');
      const ask = async (command: string): Promise<unknown> => {
        child.stdin!.write(`${command}\n`);
        return (JSON.parse(await next()) as { answer?: unknown }).answer;
      };
      const ended = new Promise((resolve) => child.once('exit', resolve));
      return { ask, end: () => (child.stdin!.end(), ended) };
    };
    const [one, other] = await Promise.all([start(), start()]);
    assert.equal(await one.ask('load a first'), 'first');
    assert.equal(await other.ask('load a second'), 'first');
    assert.equal(await one.ask('delete a'), true);
    await until(async () => (await other.ask('get a')) === undefined, 'the other has heard');
    assert.equal(await other.ask('load a third'), 'third');
    assert.equal(await one.ask('get a'), 'third');
    assert.deepEqual(await Promise.all([one.end(), other.end()]), [0, 0]);
  });

  it('what are no levels is refused', () => {
    for (const levels of [undefined, [], {}, [5], [undefined], [{ store: 5 }]]) {
      assert.throws(() => new MultiLevelCache(levels as never), TypeError);
    }
    assert.throws(() => new MultiLevelCache([new TracedCache('a', new Map())]), { message: /^a level is a store/ });
  });
});
