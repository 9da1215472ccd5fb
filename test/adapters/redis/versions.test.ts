import assert from 'node:assert/strict';
import { until } from '../../support/children';
import { freePort } from '../../support/redis-server';
import { poolData } from '../../pools/pools';
import { observe, type Observer } from '../observe';
import type { TestClient } from './use-redis';
import { overVersions } from './versions';

/** What the spans tell of lookups. */
const lookups = (observer: Observer): unknown[] =>
  observer.spans().map(({ name, attributes }) => [name, attributes['cache.hit'], attributes['cache.value_size']]);

describe('redis over its versions', () => {
  const observer = observe();

  overVersions('everywhere', {}, (redis, version) => {
    it('the package that it is made of, alone', async () => {
      const { host, port } = redis.server;
      const client = redis.closing(redis.core.createClient({ socket: { host, port } }) as TestClient);
      await client.connect();
      await observer.traced(() => client.get('key:1'));
      assert.deepEqual(lookups(observer), [['GET key:*', false, undefined]]);
    });

    it('duplicate: a client of its own', async () => {
      const client = await redis.connect();
      const { host, port } = redis.server;
      const copy = redis.closing(client.duplicate({ socket: { host, port }, database: 3, name: 'copy' }) as TestClient);
      await copy.connect();
      await observer.traced(async () => {
        await copy.set('key', 'value');
        await client.get('key');
      });
      const shown = observer.spans().map(({ attributes }) => [attributes['db.namespace'], attributes['cache.name']]);
      assert.deepEqual(shown, [
        ['3', 'copy'],
        ['0', `${host}:${port}`],
      ]);
    });

    it('an error', async () => {
      const client = await redis.connect();
      await client.lPush('list', 'x');
      await observer.traced(async () => {
        await assert.rejects(client.get('list'), /WRONGTYPE/);
      });
      const { attributes, status } = observer.span();
      assert.deepEqual([attributes['error.type'], status.code], ['WRONGTYPE', 'ERROR']);
    });

    it('a transaction that WATCH aborts: none of what it would have done', async () => {
      const client = await redis.connect();
      await client.watch('key');
      await redis.server.call('SET', 'key', 'changed');
      await observer.traced(() => assert.rejects(client.multi().set('key', 'value').exec(), /watched keys/));
      const { attributes, status } = observer.span();
      assert.deepEqual([attributes['db.operation.name'], attributes['cache.operation']], ['MULTI', undefined]);
      assert.equal(status.code, 'UNSET');
    });

    it('connections: first ones, failed ones by their reason, and those after a loss', async () => {
      const name = `connects-${version}`;
      const client = await redis.connect({ name });
      const created = async () => (await poolData(observer, name)).created;
      assert.deepEqual(await created(), { '': 1 });
      await redis.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
      await until(async () => (await created())[''] === 2, 'it has connected again');
      await client.ping();
      const port = await freePort();
      const failing = redis.library.createClient({
        name,
        // With `false` in its place the client tries for ever before 4.6, also once it is closed.
        socket: { port, reconnectStrategy: (tries) => (tries < 2 ? 5 : new Error('enough')) },
      });
      redis.closing(failing).on('error', () => undefined);
      void failing.connect().catch(() => undefined);
      await until(async () => (await created())['ECONNREFUSED']! >= 2, 'it has failed, and failed again');
    });

    it('what waits for a connection leaves the listeners of the application in place', async () => {
      const client = await redis.connect();
      const waiting: Promise<unknown>[] = [];
      client.on('reconnecting', () => {
        assert.ok(!client.isReady);
        waiting.push(observer.traced(() => client.get('key')));
      });
      for (let losses = 1; losses <= 3; losses++) {
        await redis.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
        await until(() => waiting.length === losses, 'the client connects again');
        assert.equal(await waiting.at(-1), null);
        assert.equal(client.listenerCount('error'), 1);
      }
    });

    it('what waits for a connection tells how long', async () => {
      const { host, port } = redis.server;
      const client = redis.closing(redis.library.createClient({ socket: { host, port } }) as TestClient);
      await observer.traced(async () => {
        const connected = client.connect();
        await client.get('key');
        await connected;
        await client.get('key');
      });
      const [early, later] = observer.spans().map(({ attributes }) => attributes['cache.queue_time']);
      assert.ok((early as number) > 0);
      assert.equal(later, undefined);
    });
  });

  overVersions('answers', { since: '5' }, (redis) => {
    it('those that arrive in one piece have one end', async () => {
      const client = await redis.connect();
      await redis.server.call('CLIENT', 'PAUSE', '50', 'ALL');
      await observer.traced(() => Promise.all(['a', 'b', 'c'].map((key) => client.get(key))));
      const ends = observer.spans().map(({ endTimeUnixNano }) => endTimeUnixNano);
      assert.deepEqual([ends.length, new Set(ends).size], [3, 1]);
    });
  });

  overVersions('Unix sockets', { unixSocket: true }, (redis) => {
    it('the path is the target', async () => {
      const path = redis.server.path!;
      const client = redis.closing(redis.library.createClient({ socket: { path } } as never) as TestClient);
      await client.connect();
      await observer.traced(() => client.get('key'));
      const { attributes } = observer.span();
      assert.deepEqual([attributes['server.address'], attributes['server.port']], [path, undefined]);
      assert.deepEqual([attributes['cache.name'], attributes['network.peer.port']], [path, undefined]);
    });
  });

  overVersions('TLS', { tls: true }, (redis) => {
    it('the same, and how long the handshake took', async () => {
      const { port, tlsCa } = redis.server;
      const client = await redis.connect({ socket: { host: 'localhost', port, tls: true, ca: tlsCa } });
      await observer.traced(() => client.set('key', 'value', { EX: 60 }));
      const { name, attributes } = observer.span();
      assert.deepEqual([name, attributes['server.address'], attributes['server.port']], ['SET key', 'localhost', port]);
      assert.ok((await poolData(observer, `localhost:${port}`)).created['']! > 0);
    });
  });

  overVersions('options of commands, version 4', { until: '5' }, (redis) => {
    it('buffers, isolated execution, signals, and the older callbacks', async () => {
      type Early = TestClient & { v4: TestClient; executeIsolated<T>(task: (client: Early) => Promise<T>): Promise<T> };
      const { commandOptions } = redis.library as unknown as { commandOptions(options: object): never };
      const client = (await redis.connect()) as Early;
      const aborted = new AbortController();
      aborted.abort();
      await client.set('bytes:1', Buffer.from([0xff, 0xfe, 0]));
      await observer.traced(async () => {
        const get = client.get as unknown as (options: never, key: string) => Promise<unknown>;
        const bytes = await get.call(client, commandOptions({ returnBuffers: true }), 'bytes:1');
        assert.deepEqual(bytes, Buffer.from([0xff, 0xfe, 0]));
        assert.equal(await client.executeIsolated((isolated) => isolated.get('none:1')), null);
        await assert.rejects(get.call(client, commandOptions({ signal: aborted.signal }), 'bytes:1'));
      });
      assert.deepEqual(lookups(observer), [
        ['GET bytes:*', true, 3],
        ['GET none:*', false, undefined],
        ['GET bytes:*', undefined, undefined],
      ]);
      assert.equal(observer.spans()[2]!.attributes['error.type'], 'AbortError');
      const legacy = (await redis.connect({ legacyMode: true })) as Early;
      observer.sdk.reset();
      await observer.traced(async () => {
        const called = await new Promise((resolve) =>
          (legacy as unknown as { get(key: string, callback: (error: unknown, value: unknown) => void): void }).get(
            'none:2',
            (_error, value) => resolve(value),
          ),
        );
        assert.deepEqual([called, await legacy.v4.get('none:3')], [null, null]);
      });
      assert.deepEqual(lookups(observer), [
        ['GET none:*', false, undefined],
        ['GET none:*', false, undefined],
      ]);
    });
  });

  overVersions('options of commands', { since: '5' }, (redis) => {
    it('type mappings, buffers, execTyped, signals, and the older callbacks', async () => {
      const { RESP_TYPES } = redis.core;
      const client = await redis.connect();
      const aborted = new AbortController();
      aborted.abort();
      await client.set('bytes:1', Buffer.from([0xff, 0xfe, 0]));
      const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
      await observer.traced(async () => {
        assert.deepEqual(await bytes.get('bytes:1'), Buffer.from([0xff, 0xfe, 0]));
        assert.deepEqual(await bytes.multi().get('bytes:1').get('bytes:2').execAsPipeline(), [
          Buffer.from([0xff, 0xfe, 0]),
          null,
        ]);
        assert.deepEqual(await client.multi().get('none:1').get('none:2').execTyped(), [null, null]);
        assert.equal(await client.withCommandOptions({ asap: true }).get('none:1'), null);
        await assert.rejects(client.withAbortSignal(aborted.signal).get('bytes:1'));
        const legacy = client.legacy() as unknown as {
          get(key: string, callback: (...results: unknown[]) => void): void;
        };
        const called = await new Promise((resolve) => legacy.get('none:2', (_error, value) => resolve(value)));
        assert.equal(called, null);
      });
      assert.deepEqual(lookups(observer), [
        ['GET bytes:*', true, 3],
        ['PIPELINE GET bytes:*', undefined, 3],
        ['MULTI GET none:*', false, undefined],
        ['GET none:*', false, undefined],
        ['GET bytes:*', undefined, undefined],
        ['GET none:*', false, undefined],
      ]);
    });

    for (const RESP of [2, 3] as const) {
      it(`RESP${RESP}: hashes, which come in any shape`, async () => {
        const client = await redis.connect({ RESP });
        await client.hSet('hash:1', { a: '1', b: 'zwei' });
        await observer.traced(async () => {
          assert.deepEqual({ ...(await client.hGetAll('hash:1')) }, { a: '1', b: 'zwei' });
          assert.deepEqual({ ...(await client.hGetAll('hash:2')) }, {});
        });
        assert.deepEqual(lookups(observer), [
          ['HGETALL hash:*', true, 5],
          ['HGETALL hash:*', false, undefined],
        ]);
      });
    }

    it('createClientPool: one operation each, waits, exhaustion, and what is given up', async () => {
      const { host, port } = redis.server;
      const pool = redis.core.createClientPool(
        { socket: { host, port } },
        { minimum: 1, maximum: 1, acquireTimeout: 50 },
      );
      redis.closing(pool).on('error', () => undefined);
      await pool.connect();
      let release = (): void => undefined;
      const using = pool.execute(() => new Promise<void>((resolve) => (release = resolve)));
      await observer.traced(async () => {
        const refused = assert.rejects(pool.get('key'));
        const { pending, used, limit } = await poolData(observer, `${host}:${port}`);
        assert.deepEqual([pending, used, limit], [1, 1, 1]);
        await refused;
        release();
        await using;
        await until(() => pool.idleClients === 1, 'the client is back');
        await Promise.all([pool.get('key'), pool.multi().get('key').get('key').exec()]);
      });
      const shown = observer
        .spans()
        .map(({ name, attributes }) => [name, attributes['error.type'], typeof attributes['cache.queue_time']]);
      assert.deepEqual(shown, [
        ['GET key', 'TimeoutError', 'undefined'],
        ['GET key', undefined, 'undefined'],
        ['MULTI GET key', undefined, 'number'],
      ]);
    });
  });

  overVersions('timeouts of commands', { since: '5.9' }, (redis) => {
    it('a command that is not written in time: one failed operation', async () => {
      const socket = { port: await freePort(), reconnectStrategy: () => 20 };
      const client = redis.closing(redis.library.createClient({ socket, commandOptions: { timeout: 30 } } as never));
      client.on('error', () => undefined);
      client.connect().catch(() => undefined);
      await observer.traced(() => assert.rejects(client.get('key')));
      const { attributes, status } = observer.span();
      assert.deepEqual([status.code, attributes['error.type']], ['ERROR', 'TimeoutError']);
    });
  });

  overVersions('functions', { since: '4.7' }, (redis, version) => {
    it('FCALL and the methods of a library: the function is the procedure', async () => {
      const library = '#!lua name=mine\nredis.register_function("answer", function() return 42 end)';
      await redis.server.call('FUNCTION', 'LOAD', 'REPLACE', library);
      const answer = {
        NUMBER_OF_KEYS: 1,
        FIRST_KEY_INDEX: 1,
        transformArguments: (key: string) => [key],
        parseCommand: (parser: { pushKey(key: string): void }, key: string) => parser.pushKey(key),
        transformReply: undefined,
      };
      const client = (await redis.connect({ functions: { mine: { answer } } })) as never as TestClient & {
        mine: { answer(key: string): Promise<number> };
      };
      await observer.traced(async () => {
        assert.equal(await client.mine.answer('user:1'), 42);
        assert.equal(await client.fCall('answer', { keys: ['user:2'] }), 42);
      });
      const shown = observer.spans().map(({ name, attributes }) => [name, attributes['db.stored_procedure.name']]);
      assert.deepEqual(shown, Array(2).fill(['FCALL user:*', 'answer']), version);
    });
  });
});
