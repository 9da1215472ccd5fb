import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import type { SpanData } from '../../support/telemetry-data';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: transactions', () => {
  const observer = observe();
  const server = useRedis();
  let redis: Redis;
  beforeEach(async () => {
    redis = await server.connect();
  });

  /** The members of a transaction, whichever way they were sent. */
  function assertTransaction(): void {
    const { name, attributes, status } = observer.span();
    assert.equal(name, `MULTI ${server.address}`);
    assert.equal(status.code, 'UNSET');
    assert.equal(attributes['db.operation.batch.size'], 3);
    assert.equal(attributes['db.query.text'], 'SET a ?; GET a; GET b');
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
    assert.equal(attributes['cache.value_size'], 6);
  }

  it('pipelined, chained', async () => {
    await observer.traced(async () => {
      assert.deepEqual(await redis.multi().set('a', 'xyz').get('a').get('b').exec(), [
        [null, 'OK'],
        [null, 'xyz'],
        [null, null],
      ]);
    });
    assertTransaction();
  });

  it('pipelined, array style', async () => {
    await observer.traced(() =>
      redis
        .multi([
          ['set', 'a', 'xyz'],
          ['get', 'a'],
          ['get', 'b'],
        ])
        .exec(),
    );
    assertTransaction();
  });

  it('without a pipeline', async () => {
    const parent = await observer.traced(async (own) => {
      await redis.multi({ pipeline: false });
      assert.equal(await redis.set('a', 'xyz'), 'QUEUED');
      assert.equal(await redis.get('a'), 'QUEUED');
      void redis.get('b');
      assert.deepEqual(await redis.exec(), [
        [null, 'OK'],
        [null, 'xyz'],
        [null, null],
      ]);
      return own;
    });
    assertTransaction();
    assert.equal(observer.span().parentSpanId, parent.spanId);
    await observer.traced(() => redis.get('a'));
    assert.equal(observer.spans()[1]!.name, 'GET a');
  });

  it('without a pipeline, begun while connecting: what the client sends of its own is no part of it', async () => {
    const early = server.client();
    await observer.traced(async () => {
      void early.multi({ pipeline: false });
      void early.set('a', 'xyz');
      void early.get('a');
      void early.get('b');
      await early.exec();
    });
    assertTransaction();
  });

  it('a batch of one is the plain command', async () => {
    await observer.traced(() => redis.multi().get('a').exec());
    const { name, attributes } = observer.span();
    assert.equal(name, 'GET a');
    assert.deepEqual([attributes['cache.hit'], attributes['db.operation.batch.size']], [false, undefined]);
  });

  for (const pipeline of [true, false]) {
    it(`aborted by WATCH, ${pipeline ? 'pipelined' : 'without a pipeline'}: ends, and nothing was looked up`, async () => {
      const other = await server.connect();
      await redis.watch('a');
      await other.set('a', 'changed');
      await observer.traced(async () => {
        if (pipeline) return assert.equal(await redis.multi().get('a').get('b').exec(), null);
        await redis.multi({ pipeline: false });
        await redis.get('a');
        await redis.get('b');
        assert.equal(await redis.exec(), null);
      });
      const { attributes, status } = observer.span();
      assert.equal(attributes['db.operation.name'], 'MULTI');
      assert.equal(attributes['cache.hits'] ?? attributes['cache.hit'], undefined);
      assert.equal(status.code, 'UNSET');
    });
  }

  it('discarded: ends', async () => {
    await observer.traced(async () => {
      await redis.multi({ pipeline: false });
      await redis.set('a', 'x');
      await redis.set('b', 'x');
      assert.equal(await redis.discard(), 'OK');
      await redis.get('a');
    });
    const [transaction, get] = observer.spans();
    assert.equal(transaction!.attributes['db.operation.name'], 'MULTI');
    assert.equal(transaction!.attributes['cache.value_size'], undefined);
    assert.equal(get!.attributes['cache.hit'], false);
  });

  it('refused because a member was wrong: a failed span, and the errors reach the caller', async () => {
    await observer.traced(() =>
      assert.rejects(redis.multi().set('a', 'x').call('set').exec(), ({ name, message, previousErrors }: never) => {
        assert.equal(name, 'ReplyError');
        assert.match(message, /^EXECABORT/);
        assert.equal((previousErrors as unknown[]).length, 1);
        return true;
      }),
    );
    const { attributes, status } = observer.span();
    assert.equal(status.code, 'ERROR');
    assert.equal(attributes['error.type'], 'ERR');
  });

  it('a member that fails inside of EXEC', async () => {
    await redis.lpush('list', 'x');
    await observer.traced(async () => {
      const results = await redis.multi().get('list').set('a', 'x').exec();
      assert.match(String(results![0]![0]), /WRONGTYPE/);
    });
    assert.equal(observer.span().attributes['error.type'], 'WRONGTYPE');
    assert.equal(observer.span().attributes['cache.value_size'], 1);
  });

  it('nested in a pipeline: part of its one operation', async () => {
    await redis.set('a', 'x');
    await observer.traced(async () => {
      const pipeline = redis.pipeline().get('a');
      // The types know nothing of it.
      (pipeline as unknown as Redis).multi();
      pipeline.get('a').get('none');
      // The first `exec` belongs to the transaction; the second sends the pipeline.
      void pipeline.exec();
      assert.deepEqual(observer.spans(), []);
      assert.deepEqual((await pipeline.exec())!.at(-1), [null, ['x', null]]);
    });
    const { attributes } = observer.span();
    assert.equal(attributes['db.operation.name'], 'PIPELINE GET');
    assert.equal(attributes['db.operation.batch.size'], 3);
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [2, 1]);
  });

  it('the connection is lost before EXEC: a failed span', async () => {
    const plain = await server.connect({ autoResendUnfulfilledCommands: false });
    await observer.traced(async () => {
      await plain.multi({ pipeline: false });
      await plain.get('a');
      plain.disconnect();
      await observer.spansOnce(1);
    });
    assert.equal(observer.span().status.code, 'ERROR');
  });

  for (const end of ['watched', 'watched, without a pipeline', 'discarded', 'reset']) {
    it(`one member that was not carried out (${end}): does not pass for the plain command`, async () => {
      const cache = { 'cache.name': server.address, 'cache.operation': 'set' };
      await redis.set('before', 'x');
      const [before] = await observer.points('cache.operations', cache);
      if (end.startsWith('watched')) {
        await redis.watch('w');
        await server.server.call('SET', 'w', 'changed');
      }
      await observer.traced(async () => {
        if (end === 'watched') return assert.equal(await redis.multi().set('s', 'x').exec(), null);
        await redis.multi({ pipeline: false });
        await redis.set('s', 'x');
        if (end === 'discarded') await redis.discard();
        else if (end === 'reset') await redis.call('RESET');
        else assert.equal(await redis.exec(), null);
      });
      const { name, attributes, status } = observer.span();
      assert.equal(name, 'MULTI s');
      assert.equal(attributes['db.operation.name'], 'MULTI');
      assert.equal(attributes['cache.operation'] ?? attributes['cache.value_size'], undefined);
      assert.equal(status.code, 'UNSET');
      assert.deepEqual((await observer.points('cache.operations', cache))[0]!.value, before!.value);
    });
  }

  it('with nothing in it: no query text, by none of its names', async () => {
    observer.instrumentation.setConfig({ semconv: 'dup' });
    await observer.traced(() => redis.multi().exec());
    observer.instrumentation.setConfig({});
    const { attributes } = observer.span();
    assert.deepEqual([attributes['db.operation.name'], attributes['db.operation']], ['MULTI', 'MULTI']);
    assert.ok(!('db.query.text' in attributes || 'db.statement' in attributes));
  });

  describe('what comes after one that was never ended is seen', () => {
    async function assertSeen(client: Redis): Promise<void> {
      observer.sdk.reset();
      await observer.traced(async () => {
        await client.set('user:1', 'x');
        assert.equal(await client.get('user:1'), 'x');
        await client.multi({ pipeline: false });
        await client.get('user:2');
        await client.exec();
      });
      assert.deepEqual(
        observer.spans().map(({ name, attributes }) => [name, attributes['cache.hit']]),
        [
          ['SET user:*', undefined],
          ['GET user:*', true],
          ['GET user:*', false],
        ],
      );
    }

    it('begun while connecting, and the connection was lost', async () => {
      const early = server.client();
      await observer.traced(async () => {
        await early.multi({ pipeline: false });
        assert.equal(await early.set('a', '1'), 'QUEUED');
        early.disconnect(true);
        const [lost] = await observer.spansOnce(1);
        assert.equal(lost!.status.code, 'ERROR');
      });
      await assertSeen(early);
    });

    it('RESET', async () => {
      await redis.multi({ pipeline: false });
      await redis.call('RESET');
      await assertSeen(redis);
    });

    for (const again of ['a command', 'another transaction']) {
      it(`ended while nobody observed; next comes ${again}`, async () => {
        await observer.traced(async () => {
          await redis.multi({ pipeline: false });
          await redis.set('a', 'x');
          observer.instrumentation.disable();
          await redis.exec();
          observer.instrumentation.enable();
          if (again === 'a command') return assert.equal(await redis.get('a'), 'x');
          void redis.multi({ pipeline: false });
          void redis.get('a');
          assert.deepEqual(await redis.exec(), [[null, 'x']]);
        });
        const spans = observer.spans().map(({ name, attributes }) => [name, attributes['cache.hit']]);
        assert.deepEqual(spans, [
          [`MULTI ${server.address}`, undefined],
          ['GET a', true],
        ]);
        await assertSeen(redis);
      });
    }
  });

  describe('begun again inside of itself, which the server refuses: it goes on, with what was called since', () => {
    const nested = () => assert.rejects(Promise.resolve(redis.multi({ pipeline: false })), /nested/);
    /** As {@link assertTransaction}, after this many refusals. */
    function assertWhole(refusals: number): void {
      const spans = observer.spans();
      const refused = spans.slice(0, refusals);
      assert.deepEqual(
        refused.map(({ name, attributes }) => [name, attributes['error.type'], attributes['db.operation.batch.size']]),
        Array(refusals).fill([`MULTI ${server.address}`, 'ERR', undefined]),
      );
      assert.equal(spans.length, refusals + 1);
      const { attributes, status } = spans[refusals]!;
      assert.equal(status.code, 'UNSET');
      assert.equal(attributes['db.query.text'], 'SET a ?; GET a; GET b');
      assert.equal(attributes['db.operation.batch.size'], 3);
      assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
      assert.equal(attributes['cache.value_size'], 6);
    }

    for (const times of [1, 2]) {
      it(`sent at once, ${times} times`, async () => {
        await observer.traced(async () => {
          void redis.multi({ pipeline: false });
          void redis.set('a', 'xyz');
          const refused = [nested()];
          void redis.get('a');
          if (times > 1) refused.push(nested());
          void redis.get('b');
          assert.deepEqual(await redis.exec(), [
            [null, 'OK'],
            [null, 'xyz'],
            [null, null],
          ]);
          await Promise.all(refused);
        });
        assertWhole(times);
        await observer.traced(() => redis.get('a'));
        assert.equal(observer.spans()[times + 1]!.name, 'GET a');
      });
    }

    it('the refusal is awaited, and then more is called', async () => {
      await observer.traced(async () => {
        void redis.multi({ pipeline: false });
        void redis.set('a', 'xyz');
        const refused = nested();
        void redis.get('a');
        await refused;
        await redis.get('b');
        await redis.exec();
      });
      assertWhole(1);
    });

    it('a member that the server refuses: as ever', async () => {
      await observer.traced(async () => {
        void redis.multi({ pipeline: false });
        void redis.set('a', 'xyz');
        const refused = [nested(), assert.rejects(redis.call('set'), /wrong number/)];
        await assert.rejects(redis.exec(), /EXECABORT/);
        await Promise.all(refused);
      });
      const [, { attributes, status }] = observer.spans() as [unknown, SpanData];
      assert.deepEqual([observer.spans().length, status.code], [2, 'ERROR']);
      assert.equal(attributes['db.operation.batch.size'], 2);
    });

    it('ended by RESET: what was called since is no part of it', async () => {
      await observer.traced(async () => {
        void redis.multi({ pipeline: false });
        const refused = nested();
        void redis.call('RESET');
        void redis.set('a', 'xyz');
        assert.equal(await redis.get('a'), 'xyz');
        await refused;
      });
      const shown = observer.spans().map(({ name, attributes }) => [name, attributes['cache.value_size']]);
      assert.deepEqual(shown.slice(-2), [
        ['SET a', 3],
        ['GET a', 3],
      ]);
    });

    it('discarded', async () => {
      await observer.traced(async () => {
        void redis.multi({ pipeline: false });
        void redis.set('a', 'xyz');
        const refused = nested();
        void redis.set('b', 'xyz');
        await redis.discard();
        await refused;
      });
      const [, { attributes, status }] = observer.spans() as [unknown, SpanData];
      assert.deepEqual([attributes['db.operation.name'], status.code], ['MULTI', 'UNSET']);
      assert.equal(attributes['cache.value_size'], undefined);
      assert.equal(observer.spans().length, 2);
    });
  });

  it('refused by the server: what follows is carried out, and told as what it is', async () => {
    await server.server.call('ACL', 'SETUSER', 'limited', 'on', '>pass', '~*', '+@all', '-multi');
    await redis.set('a', 'xyz');
    const limited = await server.connect({ username: 'limited', password: 'pass' });
    const parent = await observer.traced(async (own) => {
      const refused = assert.rejects(Promise.resolve(limited.multi({ pipeline: false })), /NOPERM/);
      assert.equal(await limited.get('a'), 'xyz');
      await refused;
      return own;
    });
    const [multi, get] = observer.spans();
    assert.deepEqual([multi!.name, multi!.attributes['error.type']], [`MULTI ${server.address}`, 'NOPERM']);
    assert.deepEqual([get!.name, get!.status.code, get!.parentSpanId], ['GET a', 'UNSET', parent.spanId]);
    assert.deepEqual([get!.attributes['cache.hit'], get!.attributes['cache.value_size']], [true, 3]);
    assert.equal(observer.spans().length, 2);
  });
});
