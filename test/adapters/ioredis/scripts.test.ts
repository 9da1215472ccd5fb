import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type Redis from 'ioredis';
import { observe } from '../observe';
import { useRedis } from './use-redis';

const GREET = { numberOfKeys: 1, lua: 'return redis.call("GET", KEYS[1]) or ARGV[1]' };

type Scripted = Redis & {
  greet(key: string, value: string): Promise<string>;
  greetBuffer(key: string, value: string): Promise<Buffer>;
};

describe('ioredis: scripts', () => {
  const observer = observe();
  const server = useRedis();
  let redis: Scripted;
  beforeEach(async () => {
    await server.server.call('SCRIPT', 'FLUSH');
    redis = (await server.connect({ scripts: { greet: GREET } })) as Scripted;
  });

  it('defineCommand: named, whether it goes as EVAL or as EVALSHA', async () => {
    await observer.traced(async () => {
      assert.equal(await redis.greet('key:1', 'a'), 'a');
      assert.deepEqual(await redis.greetBuffer('key:2', 'b'), Buffer.from('b'));
    });
    for (const { name, attributes } of observer.spans()) {
      assert.equal(name, 'EVALSHA key:*');
      assert.equal(attributes['db.stored_procedure.name'], 'greet');
      assert.equal(attributes['db.query.text'], 'EVALSHA ? ? key:* ?');
    }
    assert.equal(observer.spans().length, 2);
  });

  it('the resend after NOSCRIPT is the same operation', async () => {
    await redis.greet('key', 'first');
    await server.server.call('SCRIPT', 'FLUSH');
    const parent = await observer.traced(async (own) => {
      assert.equal(await redis.greet('key', 'again'), 'again');
      return own;
    });
    const { parentSpanId, status, attributes } = observer.span();
    assert.deepEqual([parentSpanId, status.code], [parent.spanId, 'UNSET']);
    assert.equal(attributes['db.stored_procedure.name'], 'greet');
  });

  it('many scripts at once after NOSCRIPT: each its own operation', async () => {
    await redis.greet('key', 'first');
    await server.server.call('SCRIPT', 'FLUSH');
    const parents = await Promise.all(
      ['a', 'b', 'b'].map((value) =>
        observer.traced(async (own) => {
          assert.equal(await redis.greet('key', value), value);
          return own.spanId;
        }),
      ),
    );
    const spans = observer.spans();
    assert.ok(spans.every(({ status }) => status.code === 'UNSET'));
    assert.deepEqual(spans.map(({ parentSpanId }) => parentSpanId).sort(), parents.sort());
  });

  it('in a pipeline, also when the script is gone', async () => {
    await redis.greet('key', 'first');
    await server.server.call('SCRIPT', 'FLUSH');
    await observer.traced(async () => {
      const pipeline = redis.pipeline() as unknown as Scripted & ReturnType<Redis['pipeline']>;
      void pipeline.greet('key', 'a');
      void pipeline.greet('key', 'b');
      assert.deepEqual(await pipeline.exec(), [
        [null, 'a'],
        [null, 'b'],
      ]);
    });
    const { attributes, status } = observer.span();
    assert.deepEqual([attributes['db.operation.name'], status.code], ['PIPELINE EVALSHA', 'UNSET']);
  });

  for (const kind of ['pipeline', 'multi'] as const) {
    it(`a batch of one (${kind}) is named as the plain call`, async () => {
      await observer.traced(async () => {
        const batch = redis[kind]() as unknown as Scripted & ReturnType<Redis['pipeline']>;
        void batch.greet('key', 'a');
        await batch.exec();
      });
      const { name, attributes } = observer.span();
      assert.deepEqual([name, attributes['db.stored_procedure.name']], ['EVALSHA key', 'greet']);
    });
  }

  it('eval and evalsha', async () => {
    const lua = 'return ARGV[1]';
    const sha = createHash('sha1').update(lua).digest('hex');
    await observer.traced(async () => {
      await assert.rejects(redis.evalsha(sha, 1, 'key', 'x'), /NOSCRIPT/);
      assert.equal(await redis.eval(lua, 1, 'key', 'x'), 'x');
      assert.equal(await redis.evalsha(sha, 1, 'key', 'y'), 'y');
    });
    const [gone, evaluated, known] = observer.spans();
    assert.equal(gone!.attributes['error.type'], 'NOSCRIPT');
    assert.equal(evaluated!.attributes['db.query.text'], 'EVAL ? ? key ?');
    assert.equal(evaluated!.attributes['db.stored_procedure.name'], undefined);
    assert.equal(known!.attributes['db.stored_procedure.name'], sha);
  });

  it('functions', async () => {
    const library = '#!lua name=shop\nredis.register_function("price", function(keys, args) return args[1] end)';
    await redis.call('FUNCTION', 'LOAD', 'REPLACE', library);
    await observer.traced(async () => assert.equal(await redis.fcall('price', 1, 'item:1', '9'), '9'));
    const { name, attributes } = observer.span();
    assert.deepEqual([name, attributes['db.stored_procedure.name']], ['FCALL item:*', 'price']);
  });

  it('a script that fails', async () => {
    redis.defineCommand('broken', { numberOfKeys: 0, lua: 'return redis.error_reply("OOPS secret")' });
    await observer.traced(() => assert.rejects((redis as never as { broken(): Promise<void> }).broken(), /OOPS/));
    assert.equal(observer.span().attributes['error.type'], 'OOPS');
  });
});
