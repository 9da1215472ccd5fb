import assert from 'node:assert/strict';
import Redis, { type RedisOptions } from 'ioredis';
import { Pool } from 'tarn';
import { observe } from '../adapters/observe';
import { useRedis } from '../adapters/ioredis/use-redis';
import { until } from '../support/children';
import { freePort } from '../support/redis-server';
import { healthy, poolData } from './pools';

interface Options {
  readonly max: number;
  readonly acquireTimeoutMillis?: number;
  readonly createTimeoutMillis?: number;
}

describe('tarn', () => {
  const observer = observe();
  const redis = useRedis({});
  let pools: Pool<unknown>[] = [];
  afterEach(async () => {
    for (const pool of pools) await pool.destroy();
    pools = [];
  });

  function redisPool(options: Options, client: RedisOptions): Pool<Redis> {
    const { host, port } = redis.server;
    const pool = new Pool<Redis>({
      min: 0,
      ...options,
      create: async () => {
        const made = new Redis({ host, port, lazyConnect: true, retryStrategy: () => null, ...client });
        made.on('error', () => undefined);
        await made.connect();
        return made;
      },
      destroy: (made: Redis) => made.disconnect(),
    });
    pools.push(pool as Pool<unknown>);
    return pool;
  }

  it('tells of the connections, requests and times of a pool', async () => {
    const pool = redisPool({ max: 2 }, { connectionName: 'carts' });
    const [first, second] = await Promise.all([pool.acquire().promise, pool.acquire().promise]);
    const third = pool.acquire().promise;
    assert.deepEqual(
      await poolData(observer, 'carts'),
      healthy({ idle: 0, used: 2, limit: 2, pending: 1, created: 2, waited: 2 }),
    );
    assert.ok(pool.release(first));
    assert.equal(await third, first);
    assert.ok(pool.release(first) && pool.release(second));
    assert.deepEqual(
      await poolData(observer, 'carts'),
      healthy({ idle: 2, used: 0, limit: 2, pending: 0, created: 2, waited: 3, used_times: 3 }),
    );
  });

  it('counts requests that time out, and shows exhaustion only while it lasts', async () => {
    const pool = redisPool({ max: 1, acquireTimeoutMillis: 500 }, { connectionName: 'exhausted' });
    const only = await pool.acquire().promise;
    const refused = assert.rejects(pool.acquire().promise, /timed out/);
    assert.equal((await poolData(observer, 'exhausted')).pending, 1);
    await refused;
    const { pending, timeouts, used, waited } = await poolData(observer, 'exhausted');
    assert.deepEqual([pending, timeouts, used, waited], [0, 1, 1, 1]);
    pool.release(only);
  });

  it('a factory that fails shows what failed, before there ever was a connection', async () => {
    const port = await freePort();
    const pool = redisPool({ max: 1, acquireTimeoutMillis: 100 }, { port, connectionName: 'failing' });
    await assert.rejects(pool.acquire().promise);
    const { created, timeouts } = await poolData(observer, 'failing');
    assert.deepEqual([Object.keys(created), timeouts], [['ECONNREFUSED'], 1]);
  });

  it('a creation that hangs counts as one that failed, once', async () => {
    redis.server.pause();
    try {
      const pool = redisPool(
        { max: 1, acquireTimeoutMillis: 150, createTimeoutMillis: 50 },
        { connectionName: 'hanging' },
      );
      await assert.rejects(pool.acquire().promise);
      const { created } = await poolData(observer, 'hanging');
      assert.deepEqual(Object.keys(created), ['TimeoutError']);
    } finally {
      redis.server.resume();
    }
  });

  it('tells pools apart, and one that is destroyed leaves the metrics', async () => {
    const [one, other] = [
      redisPool({ max: 2 }, { connectionName: 'orders' }),
      redisPool({ max: 5 }, { connectionName: 'users' }),
    ];
    const [order, user] = await Promise.all([one.acquire().promise, other.acquire().promise]);
    assert.equal((await poolData(observer, 'orders')).limit, 2);
    assert.equal((await poolData(observer, 'users')).limit, 5);
    one.release(order);
    await one.destroy();
    const { idle, used, limit, pending } = await poolData(observer, 'orders');
    assert.deepEqual([idle, used, limit, pending], [0, 0, 0, 0]);
    assert.equal((await poolData(observer, 'users')).used, 1);
    other.release(user);
  });

  it('is named by the server where nothing else has a name', async () => {
    const pool = redisPool({ max: 3 }, { db: 2 });
    pool.release(await pool.acquire().promise);
    const { limit, idle } = await poolData(observer, `${redis.address}/2`);
    assert.deepEqual([limit, idle], [3, 1]);
  });

  it('a pool of anything else is left alone', async () => {
    const pool = new Pool<object>({
      min: 0,
      max: 1,
      create: () => Promise.resolve({ host: 'database.test' }),
      destroy: () => undefined,
    });
    pools.push(pool as Pool<unknown>);
    pool.release(await pool.acquire().promise);
    const names = (await observer.sdk.collectMetrics()).flatMap(({ attributes }) => Object.values(attributes));
    assert.ok(!names.includes('database.test'));
  });

  it('listeners and rejections are as they were', async () => {
    const pool = redisPool({ max: 1, acquireTimeoutMillis: 500 }, { connectionName: 'same' });
    const events: string[] = [];
    pool.on('acquireSuccess', () => events.push('acquireSuccess'));
    pool.on('acquireFail', () => events.push('acquireFail'));
    const client = await pool.acquire().promise;
    const unhandled: unknown[] = [];
    const listeners = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', (reason) => unhandled.push(reason));
    try {
      pool.acquire();
      await until(() => unhandled.length > 0, 'the rejection is told');
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
    assert.deepEqual(events, ['acquireSuccess', 'acquireFail']);
    pool.release(client);
  });
});

describe('tarn, asked for by its name', () => {
  const observer = observe({ clients: ['tarn'] });

  it('is observed whatever it holds', async () => {
    const create = () => Promise.resolve({ host: 'database.test', port: 5432 });
    const pool = new Pool<object>({ min: 0, max: 4, create, destroy: () => undefined });
    const resource = await pool.acquire().promise;
    const { used, limit, created } = await poolData(observer, 'database.test:5432');
    assert.deepEqual([used, limit, created], [1, 4, { '': 1 }]);
    pool.release(resource);
    await pool.destroy();
  });
});
