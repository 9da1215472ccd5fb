import assert from 'node:assert/strict';
import { context, type ContextManager } from '@opentelemetry/api';
import { RESP_TYPES } from 'redis';
import { until } from '../../support/children';
import { assertHit } from '../hit';
import { observe } from '../observe';
import { useRedis, type TestClient } from './use-redis';

for (const RESP of [2, 3] as const) {
  describe(`redis: commands, RESP${RESP}`, () => {
    const observer = observe();
    const server = useRedis();
    let client: TestClient;
    beforeEach(async () => {
      client = await server.connect({ RESP } as never);
    });

    it('a hit: everything that is known of it', async () => {
      await client.set('user:42:profile', 'välue');
      await assertHit(observer, 'redis', server.server, 6, async () => {
        assert.equal(await client.get('user:42:profile'), 'välue');
      });
    });

    it('methods of every casing, and raw commands', async () => {
      await observer.traced(async () => {
        await client.SET('key', 'value', { expiration: { type: 'EX', value: 60 } });
        assert.equal(await client.GET('key'), 'value');
        assert.equal(await client.get('key'), 'value');
        assert.equal(await client.sendCommand(['gEt', 'key']), 'value');
      });
      const [set, ...gets] = observer.spans();
      assert.deepEqual([set!.attributes['db.query.text'], set!.attributes['cache.ttl']], ['SET key ? EX ?', 60]);
      assert.deepEqual(
        gets.map(({ name, attributes }) => [name, attributes['cache.hit']]),
        Array(3).fill(['GET key', true]),
      );
    });

    it('several keys, and hashes of any shape', async () => {
      await observer.traced(async () => {
        await client.mSet({ 'item:1': 'a', 'item:2': 'bb' });
        assert.deepEqual(await client.mGet(['item:1', 'item:2', 'item:3']), ['a', 'bb', null]);
        await client.hSet('hash', { a: '1', b: 'zwei' });
        assert.deepEqual({ ...(await client.hGetAll('hash')) }, { a: '1', b: 'zwei' });
        assert.deepEqual({ ...(await client.hGetAll('none')) }, {});
      });
      const [, mget, , hit, miss] = observer.spans().map(({ attributes }) => attributes);
      assert.deepEqual([mget!['cache.hits'], mget!['cache.misses'], mget!['cache.value_size']], [2, 1, 3]);
      assert.deepEqual([hit!['cache.hit'], hit!['cache.value_size']], [true, 5]);
      assert.equal(miss!['cache.hit'], false);
    });

    it('type mappings, command options and buffers', async () => {
      await client.set('bytes:1', Buffer.from([0xff, 0xfe, 0]));
      await client.hSet('hash', { a: '1' });
      const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.MAP]: Map });
      const other = client.withCommandOptions({ timeout: 5000, asap: true });
      await observer.traced(async () => {
        assert.deepEqual(await bytes.get('bytes:1'), Buffer.from([0xff, 0xfe, 0]));
        await bytes.hGetAll('hash');
        assert.equal(await other.get('none'), null);
      });
      const [get, hash, none] = observer.spans().map(({ attributes }) => attributes);
      assert.deepEqual([get!['cache.hit'], get!['cache.value_size']], [true, 3]);
      assert.deepEqual([hash!['cache.hit'], hash!['cache.value_size']], [true, 1]);
      assert.equal(none!['cache.hit'], false);
    });

    it('an error is neither hit nor miss', async () => {
      await client.lPush('list', 'x');
      await observer.traced(() => assert.rejects(client.get('list'), /^\w*Error: WRONGTYPE/));
      const { attributes, status } = observer.span();
      assert.equal(attributes['cache.hit'], undefined);
      assert.deepEqual([attributes['error.type'], status.code], ['WRONGTYPE', 'ERROR']);
      assert.equal(attributes['db.response.status_code'], 'WRONGTYPE');
    });

    it('each command of one tick is an operation of its own', async () => {
      const [parents] = await Promise.all([
        Promise.all(
          [1, 2, 3].map((index) =>
            observer.traced(async ({ spanId }) => {
              await client.get(`tick:${index}`);
              return spanId;
            }),
          ),
        ),
      ]);
      assert.deepEqual(
        observer.spans().map(({ parentSpanId }) => parentSpanId),
        parents,
      );
    });

    it('a signal that is aborted, before the command is queued and after', async () => {
      const early = new AbortController();
      early.abort();
      const late = new AbortController();
      await observer.traced(async () => {
        await assert.rejects(client.withAbortSignal(early.signal).get('key'), { name: 'Error' });
        const pending = client.withAbortSignal(late.signal).get('key');
        late.abort();
        await assert.rejects(pending, { name: 'Error' });
      });
      const types = observer.spans().map(({ attributes, status }) => [attributes['error.type'], status.code]);
      assert.deepEqual(types, Array(2).fill(['AbortError', 'ERROR']));
    });

    it('the values of arguments never show', async () => {
      await observer.traced(async () => {
        await client.set('key', 'secret-value');
        await client.eval('return "secret-script"', { keys: ['key'], arguments: ['secret-argument'] });
      });
      assert.ok(!JSON.stringify(observer.spans().map((span) => [span.name, span.attributes])).includes('secret'));
    });

    it('publish and subscribe are left alone', async () => {
      const subscriber = await server.connect({ RESP } as never);
      const messages: string[] = [];
      await observer.traced(() => subscriber.subscribe('news', (message) => messages.push(message)));
      await client.publish('news', 'hello');
      await until(() => messages.length === 1, 'the message arrives');
      assert.deepEqual(observer.spans(), []);
    });

    it('a ping while it subscribes, which the client answers by a way of its own', async () => {
      const subscriber = await server.connect({ RESP } as never);
      await subscriber.subscribe('news', () => undefined);
      observer.instrumentation.setConfig({ ignoreCommands: [] });
      try {
        assert.match(await observer.traced(() => subscriber.ping()), /^pong$/i);
        assert.equal(observer.span().attributes['db.operation.name'], 'PING');
      } finally {
        observer.instrumentation.setConfig({});
      }
    });

    it('duplicate: a client of its own', async () => {
      const duplicate = server.closing(await client.duplicate({ database: 3, name: 'sessions' }).connect());
      await observer.traced(() => duplicate.get('key'));
      const { attributes } = observer.span();
      assert.deepEqual([attributes['db.namespace'], attributes['cache.name']], ['3', 'sessions']);
    });

    it('the database follows SELECT', async () => {
      await observer.traced(async () => {
        await client.select(4);
        await client.get('key');
        await assert.rejects(client.select(9999));
        await client.multi().select(5).get('key').exec();
        await client.get('key');
      });
      const spans = observer.spans();
      assert.deepEqual(
        spans.map(({ attributes }) => attributes['db.namespace']),
        ['4', '5', '5'],
      );
    });
  });
}

describe('redis: SELECT that is observed', () => {
  const observer = observe({ ignoreCommands: [] });
  const server = useRedis();

  it('is followed even where the context manager of the application fails', async () => {
    const client = await server.connect();
    const manager = (context as unknown as { _getContextManager(): ContextManager })._getContextManager();
    manager.active = () => {
      throw new Error('not from the cache');
    };
    const selected = client.select(4);
    Reflect.deleteProperty(manager, 'active');
    await selected;
    await observer.traced(() => client.get('key'));
    assert.equal(observer.span().attributes['db.namespace'], '4');
  });
});
