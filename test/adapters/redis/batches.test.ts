import assert from 'node:assert/strict';
import { observe } from '../observe';
import { useRedis, type TestClient } from './use-redis';

describe('redis: batches and scripts', () => {
  const observer = observe();
  const server = useRedis();
  let client: TestClient;
  beforeEach(async () => {
    client = await server.connect();
  });

  /** The operations on a cache, by their kind. */
  async function counted(cache: string): Promise<Record<string, unknown>> {
    const points = await observer.points('cache.operations', { 'cache.name': cache });
    return Object.fromEntries(points.map(({ attributes, value }) => [attributes['cache.operation'], value]));
  }

  it('a transaction: one span with the sums of its members', async () => {
    const parent = await observer.traced(async (own) => {
      assert.deepEqual(await client.multi().set('a', 'xyz').get('a').get('b').exec(), ['OK', 'xyz', null]);
      return own;
    });
    const { name, attributes, parentSpanId, status } = observer.span();
    assert.equal(name, `MULTI ${server.address}`);
    assert.deepEqual([parentSpanId, status.code], [parent.spanId, 'UNSET']);
    assert.equal(attributes['db.operation.batch.size'], 3);
    assert.equal(attributes['db.query.text'], 'SET a ?; GET a; GET b');
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
    assert.equal(attributes['cache.value_size'], 6);
    assert.equal(attributes['network.peer.port'], server.server.port);
  });

  it('execTyped, execAsPipeline and raw members', async () => {
    await client.set('item:1', 'x');
    await observer.traced(async () => {
      assert.deepEqual(await client.multi().get('item:1').get('item:2').execTyped(), ['x', null]);
      assert.deepEqual(await client.multi().get('item:1').get('item:2').execAsPipeline(), ['x', null]);
      assert.deepEqual(await client.multi().addCommand(['GET', 'item:1']).get('item:2').execAsPipeline(), ['x', null]);
    });
    const spans = observer.spans().map(({ name, attributes }) => [name, attributes['cache.hit_rate']]);
    assert.deepEqual(spans, [
      ['MULTI GET item:*', 0.5],
      ['PIPELINE GET item:*', 0.5],
      ['PIPELINE GET item:*', 0.5],
    ]);
  });

  it('a pipeline of nothing but commands that are ignored is none', async () => {
    const members = ['SELECT 1', 'PING', 'BLPOP none 0.01'].map((text) => text.split(' '));
    await observer.traced(async () => {
      for (const args of members) await client.multi().addCommand(args).execAsPipeline();
      const all = client.multi();
      for (const args of members) all.addCommand(args);
      await all.execAsPipeline();
      await assert.rejects(client.multi().addCommand(['SELECT', '99']).execAsPipeline());
    });
    assert.deepEqual(observer.spans(), []);
    await observer.traced(() => client.get('a'));
    assert.equal(observer.span().attributes['db.namespace'], '1');
  });

  it('a batch of one is the plain command', async () => {
    await observer.traced(async () => {
      await client.multi().get('a').exec();
      await client.multi().setEx('b', 30, 'abc').execAsPipeline();
    });
    const [get, set] = observer.spans();
    assert.deepEqual([get!.name, get!.attributes['cache.hit']], ['GET a', false]);
    assert.deepEqual([set!.name, set!.attributes['cache.ttl']], ['SETEX b', 30]);
    assert.equal(set!.attributes['db.operation.batch.size'], undefined);
  });

  it('a member of a pipeline that fails fails the span, and its siblings count', async () => {
    await client.lPush('list', 'x');
    await client.set('key', 'x');
    await observer.traced(() => assert.rejects(client.multi().get('list').get('key').execAsPipeline(), /WRONGTYPE/));
    const [{ attributes, status }] = (await observer.spansOnce(1)) as [ReturnType<typeof observer.span>];
    assert.deepEqual([status.code, attributes['error.type']], ['ERROR', 'WRONGTYPE']);
    assert.deepEqual([attributes['cache.hit'], attributes['db.operation.batch.size']], [true, 2]);
  });

  it('a member that fails inside of EXEC', async () => {
    await client.lPush('list', 'x');
    await observer.traced(() => assert.rejects(client.multi().get('list').set('a', 'x').exec()));
    const { attributes } = observer.span();
    assert.deepEqual([attributes['error.type'], attributes['cache.value_size']], ['WRONGTYPE', 1]);
  });

  it('refused because a member was wrong: a failed span', async () => {
    await observer.traced(() => assert.rejects(client.multi().set('a', 'x').addCommand(['set']).exec()));
    const { attributes, status } = observer.span();
    assert.deepEqual([attributes['error.type'], status.code], ['ERR', 'ERROR']);
  });

  it('refused because a member was wrong: that one counts as failed, the others were not carried out', async () => {
    client = await server.connect({ name: 'refused' });
    await observer.traced(() => assert.rejects(client.multi().set('a', 'x').get('b').addCommand(['get']).exec()));
    assert.equal(observer.span().attributes['cache.misses'], undefined);
    assert.deepEqual(await counted('refused'), { get: 1 });
  });

  it('a member that is refused and does not keep the others from being carried out', async () => {
    client = await server.connect({ name: 'nested' });
    const transaction = client.multi().set('a', 'xyz').addCommand(['MULTI']).get('a').get('none');
    await observer.traced(() => assert.rejects(transaction.exec(), /nested/));
    const { attributes, status } = observer.span();
    assert.deepEqual([attributes['error.type'], status.code], ['ERR', 'ERROR']);
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
    assert.deepEqual(await counted('nested'), { get: 2, set: 1 });
  });

  it('aborted by WATCH: ends, and nothing was looked up', async () => {
    const other = await server.connect();
    await client.watch('a');
    await other.set('a', 'changed');
    await observer.traced(() => assert.rejects(client.multi().get('a').get('b').exec(), /watched keys/));
    const { name, attributes, status } = observer.spans().at(-1)!;
    assert.match(name, /^MULTI [^G]/);
    assert.equal(attributes['db.operation.name'], 'MULTI');
    assert.equal(attributes['cache.hits'] ?? attributes['cache.hit'], undefined);
    assert.equal(status.code, 'UNSET');
  });

  it('aborted by WATCH: does not pass for its only member', async () => {
    const other = await server.connect();
    await client.watch('a');
    await other.set('a', 'changed');
    await observer.traced(() => assert.rejects(client.multi().set('a', 'value').exec(), /watched keys/));
    const { attributes, status } = observer.spans().at(-1)!;
    assert.deepEqual([attributes['db.operation.name'], attributes['cache.operation']], ['MULTI', undefined]);
    assert.equal(status.code, 'UNSET');
  });

  it('on a closed client: a failed span', async () => {
    client.destroy();
    await observer.traced(async () => {
      await assert.rejects(client.multi().get('a').get('b').exec());
      await assert.rejects(client.multi().get('a').get('b').execAsPipeline());
    });
    const types = observer.spans().map(({ attributes }) => attributes['error.type']);
    assert.deepEqual(types, ['ClientClosedError', 'ClientClosedError']);
  });

  it('rejections that nobody handles are heard of, once each', async () => {
    const reasons: unknown[] = [];
    const listeners = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', (reason) => reasons.push(reason));
    try {
      await client.lPush('list', 'x');
      void observer.traced(() => void client.multi().get('list').get('list').execAsPipeline());
      void observer.traced(() => void client.multi().get('list').exec());
      await observer.spansOnce(2);
      await client.get('none');
      assert.equal(reasons.length, 2);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });

  it('a script that the server does not know: one operation, by its digest', async () => {
    const SCRIPT = 'return redis.call("GET", KEYS[1])';
    const scripts = {
      read: {
        SCRIPT,
        SHA1: (await import('node:crypto')).createHash('sha1').update(SCRIPT).digest('hex'),
        NUMBER_OF_KEYS: 1,
        parseCommand: (parser: { pushKey(key: string): void }, key: string) => parser.pushKey(key),
        transformReply: undefined as never,
      },
    };
    await server.server.call('SCRIPT', 'FLUSH');
    const scripted = await server.connect({ scripts } as never);
    const { read } = scripted as unknown as { read(key: string): Promise<unknown> };
    await observer.traced(async () => {
      for (let index = 0; index < 2; index++) assert.equal(await read.call(scripted, 'key'), null);
      await assert.rejects(client.evalSha('f'.repeat(40), { keys: ['key'] }), /NOSCRIPT/);
    });
    const [first, second, failed] = observer.spans();
    for (const { name, attributes, status } of [first!, second!]) {
      assert.deepEqual([name, status.code], ['EVALSHA key', 'UNSET']);
      assert.equal(attributes['db.stored_procedure.name'], scripts.read.SHA1);
    }
    assert.equal(failed!.attributes['error.type'], 'NOSCRIPT');
    assert.equal(observer.spans().length, 3);
  });

  it('functions', async () => {
    const library = '#!lua name=mine\nredis.register_function("answer", function() return 42 end)';
    await client.functionLoad(library, { REPLACE: true });
    await observer.traced(async () => assert.equal(await client.fCall('answer', { keys: ['key'] }), 42));
    assert.equal(observer.span().attributes['db.stored_procedure.name'], 'answer');
  });
});
