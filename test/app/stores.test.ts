import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decode, encode } from '@msgpack/msgpack';
import { MultiLevelCache, TracedCache, type TracedCacheOptions } from '../../src';
import { until } from '../support/children';
import { PlainStore, STORES, useServers } from './stores';

/** An ES module, which a CommonJS file can only import when it runs. */
const superjson = import('superjson');

const VALUES = [null, 0, '', false, 'text', 1.5, [1, null], { a: { b: ['c'] } }, '~1~1~', 'ü€'];

describe('stores of a TracedCache', () => {
  const servers = useServers();

  for (const { name, isRemote, open } of STORES) {
    describe(name, () => {
      let opened: Awaited<ReturnType<typeof open>>;
      let caches = 0;
      before(async () => {
        opened = await open(servers);
      });
      after(() => opened.close());

      const make = <T = unknown>(options: TracedCacheOptions<T> = {}): TracedCache<T> =>
        new TracedCache<T>('things', opened.store, { prefix: `${name.replaceAll(' ', '-')}:${++caches}:`, ...options });

      it('null, 0, an empty text and false are values', async () => {
        const cache = make();
        for (const [i, value] of VALUES.entries()) {
          await cache.set(`key:${i}`, value);
          assert.deepEqual(await cache.get(`key:${i}`), value);
          assert.ok(await cache.has(`key:${i}`));
          const never = (): never => assert.fail('loaded');
          assert.deepEqual(await cache.getOrSet(`key:${i}`, never), value);
        }
      });

      it('undefined is a miss', async () => {
        const cache = make<string>();
        assert.equal(await cache.get('a'), undefined);
        assert.equal(await cache.has('a'), false);
        assert.equal(await cache.getOrSet('a', () => undefined), undefined);
        assert.equal(await cache.getOrSet('a', () => 'x'), 'x');
        assert.equal(await cache.get('a'), 'x');
      });

      it('many at once, in their order', async () => {
        const cache = make<number>();
        await cache.setMany([
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ]);
        assert.deepEqual(await cache.getMany(['c', 'x', 'a']), [3, undefined, 1]);
        assert.equal(await cache.deleteMany(['a', 'x', 'b']), 2);
        assert.deepEqual(await cache.getMany(['a', 'b', 'c']), [undefined, undefined, 3]);
        assert.deepEqual(await cache.getMany([]), []);
        assert.equal(await cache.deleteMany([]), 0);
        await cache.setMany([]);
      });

      it('delete tells whether there was a value', async () => {
        const cache = make<number>();
        await cache.set('a', 1);
        assert.equal(await cache.delete('a'), true);
        assert.equal(await cache.delete('a'), false);
        assert.equal(await cache.get('a'), undefined);
      });

      it('forgets after the ttl', async () => {
        const cache = make<number>({ ttl: '60ms' });
        await cache.set('a', 1);
        await cache.set('b', 2, { ttl: 60 });
        assert.deepEqual(await cache.getMany(['a', 'b']), [1, 2]);
        await until(async () => (await cache.get('a')) === undefined, 'it expires', 2000);
        assert.equal(await cache.get('b'), 2);
      });

      it('serves stale while another is loaded', async () => {
        const cache = make<number>({ ttl: '30ms', staleFor: '10s' });
        await cache.getOrSet('a', () => 1);
        await until(async () => (await cache.get('a')) === undefined, 'it is stale', 2000);
        assert.equal(await cache.getOrSet('a', () => 2, { ttl: 60 }), 1);
        await until(async () => (await cache.get('a')) === 2, 'it was revalidated', 2000);
      });

      it('serves stale for ever where it may', async () => {
        const cache = make<number>({ ttl: '30ms', staleFor: Infinity });
        await cache.set('a', 1);
        await until(async () => (await cache.get('a')) === undefined, 'it is stale', 2000);
        assert.equal(await cache.getOrSet('a', () => 2, { ttl: 60 }), 1);
        await until(async () => (await cache.get('a')) === 2, 'it was revalidated', 2000);
      });

      it('takes times of any length', async () => {
        const cache = make<number>();
        for (const ttl of ['31d', '5000d', '36500d', '99999999d', 1e300] as const) {
          await cache.set('a', 1, { ttl });
          assert.equal(await cache.get('a'), 1, String(ttl));
          await cache.set('a', 2, { ttl, staleFor: '99999999d' });
          assert.equal(await cache.get('a'), 2, String(ttl));
        }
        await cache.set('a', 3, { ttl: '0.1ms' });
        await until(async () => (await cache.get('a')) === undefined, 'it expires', 2000);
      });

      it('remembers that there is nothing', async () => {
        const cache = make<number>({ missTtl: 10 });
        let loads = 0;
        const loader = (): undefined => void loads++;
        assert.equal(await cache.getOrSet('a', loader), undefined);
        assert.equal(await cache.getOrSet('a', loader), undefined);
        assert.deepEqual([loads, await cache.get('a'), await cache.has('a')], [1, undefined, false]);
        await cache.set('a', 5);
        assert.equal(await cache.get('a'), 5);
      });

      it('superjson: text that keeps types', async () => {
        const { stringify, parse } = await superjson;
        const cache = make<Date>({ serialize: stringify, deserialize: parse });
        const date = new Date(1_000_000);
        await cache.set('a', date, { ttl: 10, staleFor: 10 });
        assert.deepEqual(await cache.get('a'), date);
      });

      it('msgpack: bytes', async () => {
        const cache = make<object>({ serialize: encode, deserialize: decode as (bytes: never) => object });
        const value = { a: new Uint8Array([0, 1, 0x7e, 255]), b: 'ü' };
        await cache.set('a', value);
        await cache.setMany([['b', value]], { ttl: 10, staleFor: 10 });
        for (const one of [...(await cache.getMany(['a', 'b'])), await cache.get('b')]) {
          assert.deepEqual({ ...one, a: new Uint8Array((one as typeof value).a) }, value);
        }
      });

      it('serialisers that take values of one type only: text is given back as text', async () => {
        const named = {
          serialize: ({ name: own }: { name: string }) => `${own.length}|${own}`,
          deserialize: (text: string) => ({ name: text.split('|')[1]! }),
        };
        const bytes = {
          serialize: ({ name: own }: { name: string }) => new Uint8Array(Buffer.from(own.slice())),
          deserialize: (stored: Buffer) => ({ name: stored.toString('utf8', 0, stored.byteLength) }),
        };
        const joined = { serialize: (list: string[]) => list.join(), deserialize: (text: string) => text.split(',') };
        const tagged = {
          serialize: ({ tags }: { tags: string[] }) => tags.join(),
          deserialize: (text: string) => ({ tags: text.split(',') }),
        };
        for (const [value, codec] of [
          [{ name: 'ü' }, named],
          [{ name: 'ü' }, bytes],
          [['a', 'b'], joined],
          [{ tags: ['a', 'b'] }, tagged],
        ] as const) {
          const options = { ...(codec as TracedCacheOptions<unknown>), prefix: `typed:${++caches}:`, ttl: 60 };
          await make<unknown>(options).set('a', value);
          // Another process reads before it has written anything.
          assert.deepEqual(await make<unknown>(options).get('a'), value);
          const writing = make<unknown>({ ...options, staleFor: 60 });
          await writing.set('a', value);
          assert.deepEqual(await writing.get('a'), value);
        }
      });

      it('serialisers that make text of some values and bytes of others: each is given back as it was made', async () => {
        const isLong = (text: string): boolean => text.length > 20;
        const compressing = {
          serialize: (value: string) => (isLong(JSON.stringify(value)) ? gzipSync(value) : JSON.stringify(value)),
          deserialize: (stored: string | Buffer) =>
            typeof stored === 'string' ? (JSON.parse(stored) as string) : gunzipSync(stored).toString(),
        };
        const packing = {
          serialize: (value: string) => (isLong(value) ? value : encode(value)),
          deserialize: (stored: string | Buffer) => (typeof stored === 'string' ? stored : (decode(stored) as string)),
        };
        const [short, long] = ['~0~0~ü', `~0~0~${'ü'.repeat(100)}`];
        for (const codec of [compressing, packing]) {
          for (const times of [{}, { ttl: 60 }, { ttl: 60, staleFor: 60 }]) {
            const options = { ...codec, ...times, prefix: `mixed:${++caches}:` } as TracedCacheOptions<string>;
            await make<string>(options).setMany([
              ['a', short],
              ['b', long],
            ]);
            const other = make<string>(options);
            assert.deepEqual(await other.getMany(['a', 'b']), [short, long]);
            assert.deepEqual([await other.get('b'), await other.get('a')], [long, short]);
          }
        }
      });

      it('text that looks as if its expiry came first', async () => {
        const cache = make<string>({ serialize: String, deserialize: String });
        for (const [value, options] of [
          ['~0~0~abc'],
          ['~1~1~abc', { ttl: 60 }],
          ['~1~1!', { ttl: 60, staleFor: 60 }],
        ] as const) {
          await cache.set('a', value, options);
          assert.equal(await cache.get('a'), value);
        }
      });

      it('what cannot be serialised is the caller’s to know', async () => {
        const options = { serialize: JSON.stringify, deserialize: JSON.parse };
        const cache = make<unknown>(isRemote ? {} : options);
        await assert.rejects(cache.set('a', 1n), { name: 'TypeError', message: /BigInt/ });
        await assert.rejects(
          cache.getOrSet('a', () => 1n),
          { name: 'TypeError', message: /BigInt/ },
        );
        await assert.rejects(
          cache.set('a', () => 1),
          TypeError,
        );
        assert.equal(await cache.get('a'), undefined);
      });

      it('clears what has its prefix, or says that it cannot', async () => {
        const [one, other] = [make<number>(), make<number>()];
        await one.setMany([
          ['a', 1],
          ['b*', 2],
        ]);
        await other.set('a', 3);
        if (name === 'memjs' || name === 'memcached' || name === 'an object') {
          await assert.rejects(one.clear(), { name: 'TypeError', message: /^clear: / });
          return;
        }
        await one.clear();
        assert.deepEqual(await one.getMany(['a', 'b*']), [undefined, undefined]);
        assert.equal(await other.get('a'), 3);
        const all = make<number>({ prefix: '' });
        if (isRemote) await assert.rejects(all.clear(), { message: /needs a prefix/ });
        else {
          await all.clear();
          assert.equal(await other.get('a'), undefined);
        }
      });
    });
  }

  it('a value in Redis is what the serialiser made, and nothing else, where the server can tell its expiry', async () => {
    const redis = STORES.find(({ name }) => name === 'ioredis')!;
    const { store, close } = await redis.open(servers);
    const cache = new TracedCache<unknown>('things', store);
    await cache.set('plain', { a: 1 }, { ttl: 60 });
    assert.equal(await servers.redis.call('GET', 'plain'), '{"a":1}');
    await servers.redis.call('SET', 'foreign', '[1]');
    assert.deepEqual(await cache.get('foreign'), [1]);
    await servers.redis.call('SET', 'broken', '{');
    assert.equal(await cache.getOrSet('broken', () => 5), 5);
    assert.equal(await cache.get('broken'), 5);
    close();
  });

  for (const name of ['ioredis', 'redis'] as const) {
    it(`${name}: as many keys at once as there are`, async () => {
      const { store, close } = await STORES.find((one) => one.name === name)!.open(servers);
      const cache = new TracedCache<number>('things', store, { prefix: `${name} many:`, storeTimeout: '15s' });
      const keys = Array.from({ length: 140_000 }, (_, i) => `${i}`);
      await cache.set('139999', 1);
      assert.equal((await cache.getMany(keys)).at(-1), 1);
      assert.equal(await cache.deleteMany(keys), 1);
      close();
    });

    it(`${name}: has its time for each step of clear, and not for all`, async () => {
      const { store, close } = await STORES.find((one) => one.name === name)!.open(servers);
      const client = store as { scan(...args: unknown[]): Promise<unknown> };
      const scan = client.scan.bind(client);
      client.scan = (...args) => passes(60).then(() => scan(...args));
      for (const make of [
        (options: object) => new TracedCache<number>('things', store, options),
        (options: object) => new MultiLevelCache<number>([store], options),
      ]) {
        const cache = make({ prefix: `${name} clear:`, storeTimeout: '300ms' });
        await cache.setMany(Array.from({ length: 2000 }, (_, i) => [`${i}`, 1]));
        const began = performance.now();
        await cache.clear();
        assert.ok(performance.now() - began > 300);
        assert.deepEqual(await cache.getMany(['0', '1999']), [undefined, undefined]);
      }
      close();
    });
  }

  for (const name of ['memjs', 'memcached'] as const) {
    it(`${name}: a key that the server does not take is not sent`, async () => {
      const { store, close } = await STORES.find((one) => one.name === name)!.open(servers);
      const cache = new TracedCache<number>('things', store);
      const prefix = `${name}:`;
      const longest = prefix.padEnd(250, 'x');
      for (const key of ['', `${longest}x`, 'ü'.repeat(126)]) {
        assert.equal(await cache.getOrSet(key, () => 1), 1);
        assert.equal(await cache.get(key), undefined);
        await assert.rejects(cache.set(key, 1), { name: 'RangeError', message: /^memcached takes keys of 1 to 250/ });
      }
      await cache.set(longest, 2);
      assert.deepEqual(await cache.getMany([longest, `${longest}x`]), [2, undefined]);
      close();
    });
  }

  it('an object is no Keyv because it has options', async () => {
    class Options extends PlainStore {
      readonly opts = {};
      readonly iterator = (): void => undefined;
    }
    const cache = new TracedCache<number>('things', new Options(), { ttl: '20ms' });
    await cache.set('a', 1);
    await until(async () => (await cache.get('a')) === undefined, 'it expires', 2000);
  });

  it('what is no store is refused', () => {
    for (const store of [undefined, null, 5, 'redis://', {}, [], { get: () => 1 }, { get: 1, set: 2, delete: 3 }]) {
      assert.throws(() => new TracedCache('things', store as object), { name: 'TypeError', message: /^a store is / });
    }
  });

  it('a Map gives back what has expired', async () => {
    const map = new Map<string, unknown>();
    const cache = new TracedCache<number>('things', map, { ttl: '1ms' });
    for (let i = 0; i < 1000; i++) await cache.set(`key:${i}`, i);
    await until(async () => {
      await cache.set('one', 1);
      return map.size < 10;
    }, 'expired entries are gone');
  });
});
