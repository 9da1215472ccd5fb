import assert from 'node:assert/strict';
import Redis from 'ioredis';
import { until } from '../../support/children';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: the database in use', () => {
  const observer = observe();
  const server = useRedis();
  let redis: Redis;
  beforeEach(async () => {
    redis = await server.connect();
    await redis.mset('where', '0', 'user:1', 'x');
    await redis.pipeline().select(3).set('where', '3').select(4).set('where', '4').select(0).exec();
  });

  /** Asks the server where a client is, and the telemetry where it says that the client is. */
  async function assertUses(database: number, client = redis): Promise<void> {
    observer.sdk.reset();
    const found = await observer.traced(() => client.get('where'));
    const { attributes } = observer.span();
    assert.deepEqual([found, attributes['db.namespace']], [String(database), String(database)]);
    assert.equal(attributes['cache.name'], database === 0 ? server.address : `${server.address}/${database}`);
  }

  async function assertNothingToldOf(database: number): Promise<void> {
    for (const name of ['cache.hits', 'cache.misses', 'cache.operations']) {
      assert.deepEqual(await observer.points(name, { 'cache.name': `${server.address}/${database}` }), []);
    }
  }

  it('a SELECT that is refused changes nothing', async () => {
    await assert.rejects(redis.select(99), /out of range/);
    await assertUses(0);
    await redis.select(3);
    await assert.rejects(redis.select(99), /out of range/);
    await assertUses(3);
    await assertNothingToldOf(99);
  });

  it('a SELECT that is refused, and another one right behind it: that decides', async () => {
    const refused = assert.rejects(redis.select(99), /out of range/);
    await redis.select(3);
    await refused;
    await assertUses(3);
  });

  it('a SELECT that is refused in a pipeline', async () => {
    await redis.pipeline().select(98).exec();
    await assertUses(0);
    await redis.pipeline().select(3).select(98).exec();
    await assertUses(3);
    await assertNothingToldOf(98);
  });

  it('what follows a SELECT that is refused counts where it has been', async () => {
    await observer.traced(async () => {
      await redis.pipeline().select(96).get('item:1').exec();
      await redis.pipeline().select(3).select(96).get('item:1').get('item:2').select(4).get('item:3').exec();
      await redis.multi().select(0).select(96).get('item:1').get('item:2').exec();
    });
    const told = observer.spans().map(({ attributes }) => attributes['db.namespace']);
    assert.deepEqual(told, ['0', '3', '0']);
    const misses = await observer.points('cache.misses', { 'cache.key_pattern': 'item:*' });
    const caches = misses.map(({ attributes }) => attributes['cache.name']).sort();
    assert.deepEqual(caches, [server.address, `${server.address}/3`, `${server.address}/4`]);
    await assertNothingToldOf(96);
  });

  it('a SELECT that is refused in a transaction', async () => {
    await redis.multi().select(3).select(97).exec();
    await assertUses(3);
    await redis.multi({ pipeline: false });
    await redis.select(97);
    await redis.exec();
    await assertUses(3);
  });

  it('after a lost connection: what the client selects by itself', async () => {
    await redis.select(3);
    await server.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(() => redis.status !== 'ready', 'the connection is lost');
    await until(() => redis.status === 'ready', 'there is a new one');
    await assertUses(3);
  });

  it('after a lost connection: a SELECT that the server refuses again', async () => {
    const other = await server.connect({ db: 4 });
    await other.select(3);
    await assert.rejects(other.select(99), /out of range/);
    await assertUses(3, other);
    // The client asks for it once more, and nobody takes the failure.
    const unhandled: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => unhandled.push(error));
    try {
      await server.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
      await until(() => unhandled.length > 0, 'it has been refused again');
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
    await assertUses(4, other);
  });

  it('a database of the options that there is not', async () => {
    const other = await server.connect({ db: 99 });
    await assertUses(0, other);
  });

  it('a transaction that WATCH has aborted', async () => {
    await redis.watch('user:1');
    await server.server.call('SET', 'user:1', 'y');
    assert.equal(await redis.multi().select(3).get('a').exec(), null);
    await assertUses(0);
    await redis.watch('user:1');
    await server.server.call('SET', 'user:1', 'z');
    await redis.multi({ pipeline: false });
    await redis.select(3);
    assert.equal(await redis.exec(), null);
    await assertUses(0);
  });

  it('a transaction that the server has refused', async () => {
    await assert.rejects(redis.multi().select(3).call('NO-SUCH-COMMAND').exec(), /EXECABORT/);
    await assertUses(0);
    await redis.multi({ pipeline: false });
    await redis.select(3);
    await assert.rejects(redis.call('NO-SUCH-COMMAND') as Promise<unknown>, /unknown command/);
    await assert.rejects(redis.exec(), /EXECABORT/);
    await assertUses(0);
  });

  it('a transaction that is discarded', async () => {
    await redis.multi({ pipeline: false });
    await redis.select(3);
    await redis.discard();
    await assertUses(0);
  });

  it('a transaction that is executed', async () => {
    await redis.multi().select(3).exec();
    await assertUses(3);
    await redis.multi({ pipeline: false });
    await redis.select(4);
    await redis.exec();
    await assertUses(4);
  });

  it('RESET leads to the first one, until the client connects again', async () => {
    await redis.select(3);
    await redis.call('RESET');
    await assertUses(0);
    await redis.select(3);
    await redis.multi({ pipeline: false });
    await redis.select(4);
    await redis.call('RESET');
    await assertUses(0);
    await server.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(() => redis.status !== 'ready', 'the connection is lost');
    await until(() => redis.status === 'ready', 'there is a new one');
    await assertUses(4);
  });

  it('RESET in a pipeline: what follows counts for the first one', async () => {
    await redis.select(3);
    await observer.traced(() => redis.pipeline().call('RESET').get('user:1').exec());
    const hits = { 'cache.name': server.address, 'cache.key_pattern': 'user:*' };
    assert.equal((await observer.points('cache.hits', hits)).length, 1);
    await assertUses(0);
  });

  for (const end of ['RESET', 'DISCARD']) {
    it(`${end} in a transaction, which ends that: what follows is carried out at once`, async () => {
      const transaction = redis.multi().set('user:1', 'changed').call(end).get('user:1').get('user:none');
      await observer.traced(() => assert.rejects(transaction.exec(), /EXEC without MULTI/));
      const { attributes, status } = observer.span();
      assert.deepEqual([attributes['error.type'], status.code], ['ERR', 'ERROR']);
      assert.deepEqual(
        [attributes['cache.hits'], attributes['cache.misses'], attributes['cache.value_size']],
        [1, 1, 1],
      );
    });
  }

  it('SELECT in capital letters, which the client takes no note of', async () => {
    await redis.call('SELECT', '3');
    await assertUses(3);
  });

  it('a SELECT that nothing was told of', async () => {
    await assertUses(0);
    observer.instrumentation.disable();
    await redis.select(3);
    observer.instrumentation.enable();
    await assertUses(3);
  });
});
