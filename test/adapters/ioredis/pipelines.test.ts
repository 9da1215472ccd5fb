import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: pipelines', () => {
  const observer = observe();
  const server = useRedis();
  let redis: Redis;
  beforeEach(async () => {
    redis = await server.connect();
  });

  it('chained: one span with the sums of its members', async () => {
    await redis.set('a:1', 'xyz');
    const parent = await observer.traced(async (own) => {
      const results = await redis.pipeline().get('a:1').get('a:2').set('b', 'ü').del('a:1').exec();
      assert.deepEqual(results, [
        [null, 'xyz'],
        [null, null],
        [null, 'OK'],
        [null, 1],
      ]);
      return own;
    });
    const { name, attributes, parentSpanId, status } = observer.span();
    assert.equal(name, `PIPELINE ${server.address}`);
    assert.equal(parentSpanId, parent.spanId);
    assert.equal(status.code, 'UNSET');
    assert.equal(attributes['db.operation.name'], 'PIPELINE');
    assert.equal(attributes['db.operation.batch.size'], 4);
    assert.equal(attributes['db.query.text'], 'GET a:*; SET b ?; DEL a:*');
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
    assert.deepEqual([attributes['cache.value_size'], attributes['cache.deleted_count']], [5, 1]);
  });

  it('array style, and members that are all alike', async () => {
    await redis.set('item:1', 'x');
    await observer.traced(() =>
      redis
        .pipeline([
          ['get', 'item:1'],
          ['get', 'item:2'],
        ])
        .exec(),
    );
    const { name, attributes } = observer.span();
    assert.equal(name, 'PIPELINE GET item:*');
    assert.equal(attributes['cache.key_pattern'], 'item:*');
    assert.equal(attributes['cache.hit_rate'], 0.5);
    assert.equal(attributes['network.peer.port'], server.server.port);
  });

  it('members whose keys have no pattern in common', async () => {
    await observer.traced(async () => {
      await redis.pipeline().get('user:1').mget('user:2', 'order:3').exec();
      await redis.pipeline().mget('user:2', 'order:3').get('user:1').exec();
      await redis.pipeline().get('user:1').mget('user:2', 'user:3').exec();
    });
    const patterns = observer.spans().map(({ attributes }) => attributes['cache.key_pattern']);
    assert.deepEqual(patterns, [undefined, undefined, 'user:*']);
  });

  it('a batch of one is the plain command', async () => {
    await observer.traced(() => redis.pipeline().setex('key', 30, 'abc').exec());
    const { name, attributes } = observer.span();
    assert.equal(name, 'SETEX key');
    assert.equal(attributes['db.operation.batch.size'], undefined);
    assert.deepEqual([attributes['cache.ttl'], attributes['cache.value_size']], [30, 3]);
  });

  it('a member that fails fails the span, and its siblings count', async () => {
    await redis.lpush('list', 'x');
    await redis.set('key', 'x');
    await observer.traced(async () => {
      const results = await redis.pipeline().get('list').get('key').exec();
      assert.match(String(results![0]![0]), /WRONGTYPE/);
      assert.deepEqual(results![1], [null, 'x']);
    });
    const { attributes, status } = observer.span();
    assert.equal(status.code, 'ERROR');
    assert.equal(attributes['error.type'], 'WRONGTYPE');
    assert.equal(attributes['cache.hit'], true);
    assert.equal(attributes['db.operation.batch.size'], 2);
  });

  it('callback style, and an empty pipeline, which is no operation', async () => {
    await observer.traced(async () => {
      assert.deepEqual(await redis.pipeline().exec(), []);
      const results = await new Promise((resolve) => {
        void redis
          .pipeline()
          .set('key', 1)
          .get('key', (error, value) => assert.deepEqual([error, value], [null, '1']))
          .exec((error, all) => resolve({ error, all }));
      });
      assert.deepEqual(results, {
        error: null,
        all: [
          [null, 'OK'],
          [null, '1'],
        ],
      });
    });
    assert.equal(observer.span().attributes['db.operation.batch.size'], 2);
  });

  it('per-command counts reach the metrics, and the duration is that of the batch', async () => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 3000; index++) pipeline.set(`row:${index}`, 'xx');
    await pipeline.exec();
    const [operations] = await observer.points('cache.operations', {
      'cache.name': server.address,
      'cache.operation': 'set',
    });
    assert.ok(operations!.value! >= 3000);
    const durations = await observer.points('db.client.operation.duration', { 'server.port': server.server.port });
    const batches = durations.filter(({ attributes }) => attributes['db.operation.name'] === 'PIPELINE SET');
    assert.deepEqual(
      batches.map(({ histogram }) => histogram!.count),
      [1],
    );
  });

  it('thousands of members: the text stays short', async () => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 3000; index++) pipeline.get(`row:${index}`);
    await observer.traced(() => pipeline.exec());
    const { attributes } = observer.span();
    assert.equal(attributes['db.operation.batch.size'], 3000);
    assert.equal(attributes['cache.misses'], 3000);
    assert.equal(attributes['db.query.text'], 'GET row:*');
  });

  it('connection commands alone make no span, and do not count among others', async () => {
    await observer.traced(async () => {
      await redis.pipeline().ping().client('GETNAME').exec();
      assert.deepEqual(observer.spans(), []);
      await redis.pipeline().ping().get('key').exec();
    });
    assert.equal(observer.span().name, 'GET key');
  });

  it('several pipelines at the same time keep their own parents', async () => {
    const parents = await Promise.all(
      [1, 2, 3].map((index) =>
        observer.traced(async (own) => {
          await redis.pipeline().get(`p:${index}`).get(`q:${index}`).exec();
          return own.spanId;
        }),
      ),
    );
    assert.deepEqual(
      observer.spans().map(({ parentSpanId }) => parentSpanId),
      parents,
    );
  });

  it('a blocking read alone is no operation; with others, the wait stays out of the durations', async () => {
    const durations = async () =>
      (await observer.points('db.client.operation.duration', { 'server.port': server.server.port }))
        .filter(({ attributes }) => attributes['db.operation.name'] === 'PIPELINE')
        .map(({ histogram }) => histogram!.count);
    await redis.pipeline().get('a').set('b', 'x').exec();
    const before = await durations();
    await observer.traced(async () => {
      await redis.pipeline().blpop('none', 0.01).ping().exec();
      assert.deepEqual(observer.spans(), []);
      await redis.pipeline().get('a').blpop('none', 0.01).exec();
    });
    assert.equal(observer.span().attributes['db.operation.name'], 'PIPELINE');
    assert.deepEqual(await durations(), before);
  });

  it('SELECT inside: what follows counts for that database', async () => {
    await observer.traced(async () => {
      await redis.pipeline().select(5).get('a').exec();
      await redis.pipeline().get('a').select(6).get('b').exec();
      await redis.get('a');
    });
    assert.deepEqual(
      observer.spans().map(({ attributes }) => attributes['db.namespace']),
      ['5', '5', '6'],
    );
    assert.deepEqual((await observer.points('cache.misses', { 'cache.name': `${server.address}/6` })).length, 2);
  });

  it('SELECT first: the whole counts for that database', async () => {
    await observer.traced(() => redis.multi().select(7).set('a', 'x').get('a').exec());
    const { attributes } = observer.span();
    assert.deepEqual([attributes['db.namespace'], attributes['cache.name']], ['7', `${server.address}/7`]);
    const [duration, ...more] = await observer.points('db.client.operation.duration', { 'db.namespace': '7' });
    assert.deepEqual([duration!.attributes['db.operation.name'], more.length], ['MULTI', 0]);
    await redis.select(0);
    await redis.watch('a');
    await server.server.call('SET', 'a', 'y');
    await observer.traced(() => redis.multi().select(7).set('a', 'x').get('a').exec());
    assert.equal(observer.spans()[1]!.attributes['db.namespace'], '0');
  });
});
