import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: autopipelining', () => {
  const observer = observe();
  const server = useRedis();
  let redis: Redis;
  beforeEach(async () => {
    redis = await server.connect({ enableAutoPipelining: true });
  });

  it('each command is an operation of its own, below its own caller', async () => {
    await redis.mset('key:1', 'a', 'key:2', 'bb');
    const parents = await Promise.all(
      [1, 2, 3].map((index) =>
        observer.traced(async (own) => {
          await redis.get(`key:${index}`);
          return own.spanId;
        }),
      ),
    );
    const spans = observer.spans();
    assert.deepEqual(
      spans.map(({ name, parentSpanId }) => [name, parentSpanId]),
      parents.map((spanId) => ['GET key:*', spanId]),
    );
    assert.deepEqual(
      spans.map(({ attributes }) => [attributes['cache.hit'], attributes['cache.value_size']]),
      [
        [true, 1],
        [true, 2],
        [false, undefined],
      ],
    );
    assert.ok(spans.every(({ attributes }) => attributes['network.peer.port'] === server.server.port));
    assert.ok(spans.every(({ attributes }) => attributes['db.operation.batch.size'] === undefined));
  });

  it('one that fails does not fail the others', async () => {
    await redis.lpush('list', 'x');
    await observer.traced(() =>
      Promise.all([assert.rejects(redis.get('list'), /WRONGTYPE/), redis.get('a'), redis.call('set', 'b', 'x')]),
    );
    const statuses = observer.spans().map(({ name, status }) => [name, status.code]);
    assert.deepEqual(statuses.sort(), [
      ['GET a', 'UNSET'],
      ['GET list', 'ERROR'],
      ['SET b', 'UNSET'],
    ]);
  });

  it('explicit pipelines and transactions stay one operation', async () => {
    await observer.traced(async () => {
      await redis.pipeline().get('a').get('b').exec();
      await redis.multi().get('a').get('b').exec();
    });
    assert.deepEqual(
      observer.spans().map(({ attributes }) => attributes['db.operation.name']),
      ['PIPELINE GET', 'MULTI GET'],
    );
  });

  it('a script that the server does not know any more', async () => {
    redis.defineCommand('echoed', { numberOfKeys: 1, lua: 'return ARGV[1]' });
    const { echoed } = redis as never as { echoed(key: string, value: string): Promise<string> };
    await echoed.call(redis, 'key', 'a');
    await server.server.call('SCRIPT', 'FLUSH');
    await observer.traced(async () => assert.equal(await echoed.call(redis, 'key', 'b'), 'b'));
    const { attributes, status } = observer.span();
    assert.deepEqual([attributes['db.stored_procedure.name'], status.code], ['echoed', 'UNSET']);
  });

  it('waiting for a connection', async () => {
    const waiting = server.client({ enableAutoPipelining: true });
    await observer.traced(() => Promise.all([waiting.get('a'), waiting.get('b')]));
    for (const { attributes } of observer.spans()) assert.ok((attributes['cache.queue_time'] as number) > 0);
    assert.equal(observer.spans().length, 2);
  });
});
