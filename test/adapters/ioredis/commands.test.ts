import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type Redis from 'ioredis';
import { assertHit } from '../hit';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: commands', () => {
  const observer = observe();
  const server = useRedis();
  let redis: Redis;
  beforeEach(async () => {
    redis = await server.connect();
  });

  it('a hit: everything that is known of it', async () => {
    await redis.set('user:42:profile', 'välue');
    await assertHit(observer, 'redis', server.server, 6, async () => {
      assert.equal(await redis.get('user:42:profile'), 'välue');
    });
  });

  it('a miss, and an empty string, which is a hit', async () => {
    await redis.set('empty', '');
    await observer.traced(async () => {
      assert.equal(await redis.get('nothing'), null);
      assert.equal(await redis.get('empty'), '');
    });
    const [miss, empty] = observer.spans();
    assert.deepEqual([miss!.attributes['cache.hit'], miss!.attributes['cache.value_size']], [false, undefined]);
    assert.deepEqual([empty!.attributes['cache.hit'], empty!.attributes['cache.value_size']], [true, 0]);
    assert.equal(miss!.status.code, 'UNSET');
  });

  it('an error is neither hit nor miss', async () => {
    await redis.lpush('list', 'x');
    await observer.traced(() => assert.rejects(redis.get('list'), { name: 'ReplyError', message: /^WRONGTYPE/ }));
    const { attributes, status } = observer.span();
    assert.equal(attributes['cache.hit'], undefined);
    assert.equal(attributes['error.type'], 'WRONGTYPE');
    assert.equal(attributes['db.response.status_code'], 'WRONGTYPE');
    assert.equal(status.code, 'ERROR');
    const [point] = await observer.points('db.client.operation.duration', { 'error.type': 'WRONGTYPE' });
    assert.equal(point!.histogram!.count, 1);
    assert.deepEqual(await observer.points('cache.hits', { 'cache.key_pattern': 'list' }), []);
  });

  it('several keys: how many of them hit', async () => {
    await redis.mset('item:1', 'a', 'item:2', 'bb');
    await observer.traced(() => redis.mget('item:1', 'item:2', 'item:3', 'item:4'));
    const { name, attributes } = observer.span();
    assert.equal(name, 'MGET item:*');
    assert.equal(attributes['cache.hit'], undefined);
    assert.equal(attributes['cache.key_count'], 4);
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses'], attributes['cache.hit_rate']], [2, 2, 0.5]);
    assert.equal(attributes['cache.value_size'], 3);
    assert.equal(attributes['db.operation.batch.size'], undefined);
  });

  it('Buffer methods', async () => {
    await redis.set('bytes:1', Buffer.from([0xff, 0xfe, 0]));
    await observer.traced(async () => assert.deepEqual(await redis.getBuffer('bytes:1'), Buffer.from([0xff, 0xfe, 0])));
    assert.deepEqual(observer.span().attributes['cache.value_size'], 3);
  });

  it('call, in any casing and with nested arguments', async () => {
    await observer.traced(async () => {
      assert.equal(await redis.call('SET', ['key', 'value', 'EX', '60']), 'OK');
      assert.equal(await redis.call('gEt', 'key'), 'value');
    });
    const [set, get] = observer.spans();
    assert.equal(set!.attributes['db.query.text'], 'SET key ? EX ?');
    assert.equal(set!.attributes['cache.ttl'], 60);
    assert.deepEqual([get!.name, get!.attributes['cache.hit']], ['GET key', true]);
  });

  it('commands without arguments, and unknown ones', async () => {
    await observer.traced(async () => {
      assert.equal(await redis.dbsize(), 0);
      await assert.rejects(redis.call('nosuch.command', 'secret'), { message: /unknown command/ });
    });
    const [dbsize, unknown] = observer.spans();
    assert.equal(dbsize!.name, `DBSIZE ${server.address}`);
    assert.equal(dbsize!.attributes['db.query.summary'], undefined);
    assert.equal(unknown!.attributes['db.operation.name'], 'NOSUCH.COMMAND');
    assert.ok(!JSON.stringify([unknown!.attributes, unknown!.status]).includes('secret'));
  });

  it('thousands of arguments', async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `item:${index}`);
    await redis.mset(keys.flatMap((key) => [key, 'x']));
    await observer.traced(async () => assert.equal((await redis.mget(keys)).length, 5000));
    const { attributes } = observer.span();
    assert.deepEqual([attributes['cache.hits'], attributes['cache.value_size']], [5000, 5000]);
    assert.ok(String(attributes['db.query.text']).length < 500);
  });

  it('hashes: HGETALL of any shape', async () => {
    await observer.traced(async () => {
      assert.equal(await redis.hset('hash', { a: '1', b: 'zwei' }), 2);
      assert.deepEqual(await redis.hgetall('hash'), { a: '1', b: 'zwei' });
      assert.deepEqual(await redis.hgetall('none'), {});
      assert.deepEqual(await redis.hmget('hash', 'a', 'none'), ['1', null]);
    });
    const [set, hit, miss, some] = observer.spans().map(({ attributes }) => attributes);
    assert.equal(set!['cache.operation'], 'set');
    assert.deepEqual([hit!['cache.hit'], hit!['cache.value_size']], [true, 5]);
    assert.equal(miss!['cache.hit'], false);
    assert.deepEqual([some!['cache.hits'], some!['cache.misses']], [1, 1]);
  });

  it('keyPrefix: the key as it is sent', async () => {
    const prefixed = await server.connect({ keyPrefix: 'shop:' });
    await observer.traced(() => prefixed.set('cart:7', 'x'));
    assert.equal(observer.span().name, 'SET shop:cart:*');
    assert.equal(await redis.get('shop:cart:7'), 'x');
  });

  it('deletes: how many', async () => {
    await redis.mset('a', 1, 'b', 2);
    await observer.traced(() => redis.del('a', 'b', 'c'));
    assert.equal(observer.span().attributes['cache.deleted_count'], 2);
  });

  it('blocking reads: no span and no duration, but what was found still reaches the caller', async () => {
    await redis.rpush('queue:1', 'job');
    await observer.traced(async () => {
      assert.deepEqual(await redis.blpop('queue:1', 0), ['queue:1', 'job']);
      assert.equal(await redis.xread('BLOCK', 1, 'STREAMS', 'stream', '$'), null);
    });
    assert.deepEqual(observer.spans(), []);
    assert.deepEqual(await observer.points('db.client.operation.duration', { 'db.operation.name': 'BLPOP' }), []);
    await observer.traced(() => redis.xread('STREAMS', 'stream', '0'));
    assert.match(observer.span().name, /^XREAD /);
  });

  it('scan streams: a span for each page, below the caller', async () => {
    await redis.mset(Array.from({ length: 50 }, (_, index) => [`scan:${index}`, 'x']).flat());
    const parent = await observer.traced(async (own) => {
      let keys = 0;
      for await (const page of redis.scanStream({ match: 'scan:*', count: 10 })) keys += (page as string[]).length;
      assert.equal(keys, 50);
      return own;
    });
    const spans = observer.spans();
    assert.ok(spans.length > 1);
    assert.ok(spans.every(({ name, parentSpanId }) => name.startsWith('SCAN ') && parentSpanId === parent.spanId));
  });

  it('showFriendlyErrorStack: the stack still leads to the caller', async () => {
    const friendly = await server.connect({ showFriendlyErrorStack: true });
    await observer.traced(() =>
      assert.rejects(
        async function theCaller() {
          await friendly.call('set', 'key');
        },
        ({ stack }: Error) => /theCaller/.test(stack ?? ''),
      ),
    );
    assert.equal(observer.span().attributes['error.type'], 'ERR');
  });

  it('callbacks hear of results and errors', async () => {
    const hear = (start: (callback: (error: unknown, result?: unknown) => void) => unknown) =>
      new Promise((resolve) => start((error, result) => resolve({ error, result })));
    await redis.set('key', 'value');
    await observer.traced(async () => {
      assert.deepEqual(await hear((callback) => redis.get('key', callback)), { error: null, result: 'value' });
      const { error } = (await hear((callback) => redis.lpop('key', callback))) as { error: Error };
      assert.match(error.message, /^WRONGTYPE/);
    });
    assert.deepEqual(
      observer.spans().map(({ status }) => status.code),
      ['UNSET', 'ERROR'],
    );
  });

  it('the values of arguments never show', async () => {
    const sha = createHash('sha1').update('return 1').digest('hex');
    await observer.traced(async () => {
      await redis.set('key', 'secret-value', 'PX', 1500, 'NX');
      await redis.eval('return "secret-script"', 1, 'key', 'secret-argument');
      await assert.rejects(redis.evalsha(sha, 1, 'key', 'secret-argument'), /NOSCRIPT/);
    });
    assert.ok(
      !JSON.stringify(observer.spans().map((span) => [span.name, span.attributes, span.status])).includes('secret'),
    );
  });
});
