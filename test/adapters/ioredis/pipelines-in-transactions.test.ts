import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { observe } from '../observe';
import { useRedis } from './use-redis';

const AUTOMATIC: RedisOptions = { enableAutoPipelining: true, autoPipeliningIgnoredCommands: ['exec'] };

describe('ioredis: pipelines on a connection with an open transaction', () => {
  const observer = observe();
  const server = useRedis();
  beforeEach(() => server.server.call('SET', 'a', 'xyz'));

  /** Hits, misses and operations so far. */
  async function counts(): Promise<number[]> {
    const cache = { 'cache.name': server.address };
    const values = async (name: string, attributes: object) =>
      (await observer.points(name, { ...cache, ...attributes })).reduce((sum, { value }) => sum + Number(value), 0);
    return [
      await values('cache.hits', {}),
      await values('cache.misses', {}),
      await values('cache.operations', { 'cache.operation': 'get' }),
    ];
  }

  async function counted(action: () => Promise<unknown>): Promise<number[]> {
    const before = await counts();
    await observer.traced(action);
    return (await counts()).map((count, index) => count - before[index]!);
  }

  function assertOneTransaction(text: string): void {
    const { name, attributes } = observer.span();
    assert.equal(name, `MULTI GET ${server.address}`);
    assert.deepEqual(
      [attributes['db.operation.batch.size'], attributes['db.query.text'], attributes['cache.value_size']],
      [text.split(';').length, text, 3],
    );
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 2]);
  }

  const WAYS: Record<string, { options?: RedisOptions; run(redis: Redis): Promise<unknown> }> = {
    'a pipeline': {
      run: async (redis) => {
        await redis.get('none');
        const queued = [
          [null, 'QUEUED'],
          [null, 'QUEUED'],
        ];
        assert.deepEqual(await redis.pipeline().get('a').get('b').exec(), queued);
      },
    },
    'a pipeline that is not awaited': {
      run: (redis) => {
        void redis.get('none');
        void redis.pipeline().get('a').get('b').exec();
        return Promise.resolve();
      },
    },
    'automatic pipelining': {
      options: AUTOMATIC,
      run: async (redis) => {
        assert.deepEqual(await Promise.all(['none', 'a', 'b'].map((key) => redis.get(key))), Array(3).fill('QUEUED'));
      },
    },
  };

  for (const [way, { options, run }] of Object.entries(WAYS)) {
    it(`${way}: its commands are members of the transaction`, async () => {
      const redis = await server.connect(options);
      const difference = await counted(async () => {
        await redis.multi({ pipeline: false });
        await run(redis);
        assert.deepEqual(await redis.exec(), [
          [null, null],
          [null, 'xyz'],
          [null, null],
        ]);
      });
      assertOneTransaction('GET none; GET a; GET b');
      assert.deepEqual(difference, [1, 2, 3]);
      observer.sdk.reset();
      assert.deepEqual(await counted(() => redis.get('a')), [1, 0, 1]);
      assert.equal(observer.span().name, 'GET a');
    });
  }

  it('DISCARD by automatic pipelining ends the transaction, and nothing was looked up', async () => {
    const redis = await server.connect(AUTOMATIC);
    const difference = await counted(async () => {
      await redis.multi({ pipeline: false });
      await Promise.all([redis.get('a'), redis.get('b'), redis.discard()]);
    });
    assert.deepEqual(difference, [0, 0, 0]);
    assert.equal(observer.span().attributes['db.operation.name'], 'MULTI');
    assert.deepEqual(await counted(() => redis.get('a')), [1, 0, 1]);
  });

  it('MULTI and EXEC by automatic pipelining', async () => {
    const redis = await server.connect({ enableAutoPipelining: true });
    const difference = await counted(() =>
      Promise.all([redis.call('multi'), redis.get('none'), redis.get('a'), redis.get('b'), redis.call('exec')]),
    );
    assert.deepEqual(difference, [1, 2, 3]);
    assertOneTransaction('GET none; GET a; GET b');
  });

  it('EXEC inside of the pipeline: what comes after it is an operation of its own', async () => {
    const redis = await server.connect();
    const difference = await counted(async () => {
      await redis.multi({ pipeline: false });
      const [queued, results, after] = (await redis.pipeline().set('b', 'x').call('exec').get('a').exec())!;
      assert.deepEqual(
        [queued, results, after],
        [
          [null, 'QUEUED'],
          [null, ['OK']],
          [null, 'xyz'],
        ],
      );
    });
    assert.deepEqual(difference, [1, 0, 1]);
    const spans = observer.spans().map(({ name, attributes }) => [name, attributes['cache.hit']]);
    assert.deepEqual(spans, [
      ['SET b', undefined],
      ['GET a', true],
    ]);
  });

  it('EXEC inside of the pipeline: it is named after what is left, and shows that', async () => {
    const redis = await server.connect();
    await observer.traced(async () => {
      await redis.multi({ pipeline: false });
      const pipeline = redis.pipeline().blpop('list', 1);
      for (let i = 0; i < 12; i++) pipeline.set('b', 'x');
      await pipeline.call('exec').get('item:1').get('item:2').exec();
    });
    const spans = observer.spans().map(({ name, attributes }) => [name, attributes['cache.hit']]);
    assert.deepEqual(spans, [
      [`MULTI ${server.address}`, undefined],
      ['PIPELINE GET item:*', false],
    ]);
    const duration = { 'db.operation.name': 'PIPELINE GET', 'server.port': server.server.port };
    assert.equal((await observer.points('db.client.operation.duration', duration)).length, 1);
  });

  it('the server refuses a member of the pipeline: the transaction has failed', async () => {
    const redis = await server.connect();
    const difference = await counted(async () => {
      await redis.multi({ pipeline: false });
      await redis.pipeline().get('a').call('get').exec();
      await assert.rejects(redis.exec(), /EXECABORT/);
    });
    assert.deepEqual(difference, [0, 0, 1]);
    assert.equal(observer.span().attributes['error.type'], 'EXECABORT');
  });

  it('a transaction that is nested by mistake: each finds its own members in the reply', async () => {
    const redis = await server.connect();
    const difference = await counted(async () => {
      await redis.multi({ pipeline: false });
      await redis.get('none');
      assert.deepEqual(await redis.multi().get('a').get('a').exec(), [
        [null, null],
        [null, 'xyz'],
        [null, 'xyz'],
      ]);
      assert.equal(await redis.get('a'), 'xyz');
    });
    assert.deepEqual(difference, [3, 1, 4]);
    const spans = observer
      .spans()
      .map(({ name, attributes }) => [name, attributes['cache.hits'] ?? attributes['cache.hit']]);
    assert.deepEqual(spans, [
      ['GET none', false],
      ['MULTI GET a', 2],
      ['GET a', true],
    ]);
  });

  it('one that ended unseen: a pipelined transaction after it is what it is', async () => {
    const redis = await server.connect();
    await redis.multi({ pipeline: false });
    await redis.get('none');
    observer.instrumentation.disable();
    await redis.exec();
    observer.instrumentation.enable();
    assert.deepEqual(await counted(() => redis.multi().get('a').get('a').exec()), [2, 0, 2]);
  });
});
