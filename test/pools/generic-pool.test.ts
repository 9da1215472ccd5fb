import assert from 'node:assert/strict';
import { createPool, type Factory, type Options, type Pool } from 'generic-pool';
import Redis, { type RedisOptions } from 'ioredis';
import { observe } from '../adapters/observe';
import { useRedis } from '../adapters/ioredis/use-redis';
import { until } from '../support/children';
import { freePort } from '../support/redis-server';
import { healthy, poolData } from './pools';

describe('generic-pool', () => {
  const observer = observe({ clients: ['ioredis'] });
  const redis = useRedis({});
  const pools: Pool<unknown>[] = [];
  afterEach(async () => {
    for (const pool of pools.splice(0)) {
      await pool.drain();
      await pool.clear();
    }
  });

  function keep<T>(pool: Pool<T>): Pool<T> {
    // Without a listener nothing is told of factories that fail.
    pool.on('factoryCreateError', () => undefined);
    pools.push(pool as Pool<unknown>);
    return pool;
  }

  function redisFactory(options: RedisOptions = {}): Factory<Redis> {
    return {
      create: async () => {
        const { host, port } = redis.server;
        const client = new Redis({ host, port, lazyConnect: true, retryStrategy: () => null, ...options });
        client.on('error', () => undefined);
        await client.connect();
        return client;
      },
      destroy: (client) => Promise.resolve(client.disconnect()),
    };
  }

  const redisPool = (options: Options, client: RedisOptions = {}): Pool<Redis> =>
    keep(createPool(redisFactory(client), options));

  it('tells of the connections, requests and times of a pool', async () => {
    const pool = redisPool({ max: 2 }, { connectionName: 'carts' });
    const first = await pool.acquire();
    const second = await pool.acquire();
    await first.ping();
    const third = pool.acquire();
    const fourth = pool.acquire();
    assert.deepEqual(
      await poolData(observer, 'carts'),
      healthy({ idle: 0, used: 2, limit: 2, pending: 2, created: 2, waited: 2 }),
    );
    await pool.release(first);
    await pool.destroy(second);
    await Promise.all([pool.release(await third), pool.release(await fourth)]);
    await until(() => pool.available === 2, 'a connection took the place of the one that was destroyed');
    assert.deepEqual(
      await poolData(observer, 'carts'),
      healthy({ idle: 2, used: 0, limit: 2, pending: 0, created: 3, waited: 4, used_times: 4 }),
    );
  });

  it('counts requests that time out, and shows exhaustion only while it lasts', async () => {
    const pool = redisPool({ max: 1, acquireTimeoutMillis: 500 }, { connectionName: 'exhausted' });
    const only = await pool.acquire();
    const refused = assert.rejects(pool.acquire(), { name: 'TimeoutError' });
    assert.equal((await poolData(observer, 'exhausted')).pending, 1);
    await refused;
    const { pending, timeouts, used, waited } = await poolData(observer, 'exhausted');
    assert.deepEqual([pending, timeouts, used, waited], [0, 1, 1, 1]);
    await pool.release(only);
  });

  it('a request that is refused at once was never one of the pool', async () => {
    const pool = redisPool({ max: 1, maxWaitingClients: 0 }, { connectionName: 'refusing' });
    const only = await pool.acquire();
    await assert.rejects(pool.acquire(), /max waitingClients count exceeded/);
    const { pending, timeouts } = await poolData(observer, 'refusing');
    assert.deepEqual([pending, timeouts], [0, undefined]);
    await pool.release(only);
  });

  it('is named by the server where nothing else has a name', async () => {
    const pool = redisPool({ max: 3 }, { db: 2 });
    await pool.use((client) => client.ping());
    assert.deepEqual(
      { ...(await poolData(observer, `${redis.address}/2`)) },
      { idle: 1, used: 0, limit: 3, pending: 0, timeouts: undefined, created: { '': 1 }, waited: 1, used_times: 1 },
    );
  });

  it('tells pools apart, and takes together those of one name', async () => {
    const [one, other, third] = [
      redisPool({ max: 2 }, { connectionName: 'orders' }),
      redisPool({ max: 3 }, { connectionName: 'orders' }),
      redisPool({ max: 5 }, { connectionName: 'users' }),
    ];
    const used = await Promise.all([one.acquire(), other.acquire(), third.acquire()]);
    const [orders, users] = [await poolData(observer, 'orders'), await poolData(observer, 'users')];
    assert.deepEqual([orders.limit, orders.used, users.limit, users.used], [5, 2, 5, 1]);
    await Promise.all([one.release(used[0]!), other.release(used[1]!), third.release(used[2]!)]);
  });

  it('a pool that is drained leaves the metrics', async () => {
    const pool = redisPool({ max: 2 }, { connectionName: 'drained' });
    const client = await pool.acquire();
    const drained = pool.drain();
    assert.equal((await poolData(observer, 'drained')).used, 1);
    await pool.release(client);
    await drained;
    // The SDK repeats the last value of a series that is not told any more.
    const { idle, used, limit, pending } = await poolData(observer, 'drained');
    assert.deepEqual([idle, used, limit, pending], [0, 0, 0, 0]);
  });

  it('a factory that fails shows what failed, before there ever was a connection', async () => {
    const port = await freePort();
    const pool = redisPool({ max: 1, acquireTimeoutMillis: 100 }, { port, connectionName: 'failing' });
    await assert.rejects(pool.acquire(), { name: 'TimeoutError' });
    const { created, timeouts, waited, used } = await poolData(observer, 'failing');
    assert.deepEqual(Object.keys(created), ['ECONNREFUSED']);
    assert.deepEqual([timeouts, waited, used], [1, undefined, 0]);
  });

  it('a client that is still connecting when the factory gives it is measured until it has connected', async () => {
    const { host, port } = redis.server;
    const create = () => Promise.resolve(new Redis({ host, port, connectionName: 'at-once' }));
    const pool = keep(createPool({ create, destroy: (client) => Promise.resolve(client.disconnect()) }, { max: 1 }));
    const client = await pool.acquire();
    await until(() => client.status === 'ready', 'the client is ready');
    assert.deepEqual((await poolData(observer, 'at-once')).created, { '': 1 });
    await pool.release(client);
  });

  it('a pool of anything else is left alone', async () => {
    const create = () => Promise.resolve({ host: 'database.test', port: 5432 });
    const pool = keep(createPool({ create, destroy: () => Promise.resolve() }, { max: 1 }));
    const resource = await pool.acquire();
    const told = await observer.sdk.collectMetrics();
    assert.ok(!JSON.stringify(told, (_, value: unknown) => String(value)).includes('database.test'));
    await pool.release(resource);
  });

  it('gives the results and errors that it gave before', async () => {
    const pool = redisPool({ max: 1, acquireTimeoutMillis: 500 }, { connectionName: 'same' });
    const client = await pool.acquire();
    await assert.rejects(async () => pool.release({} as Redis), /not currently part of this pool/);
    await pool.release(client);
    assert.equal(await pool.use((one) => one.echo('x')), 'x');
  });
});

describe('generic-pool, of something else', () => {
  const observer = observe({ clients: ['ioredis'] });
  const redis = useRedis({});

  it('is not observed where its factory is the first to use a client', async () => {
    const { host, port } = redis.server;
    const client = redis.closing(new Redis({ host, port, lazyConnect: true, connectionName: 'beside' }));
    const create = () => client.get('a').then(() => ({ query: () => undefined }));
    const pool = createPool({ create, destroy: () => Promise.resolve() }, { max: 4 });
    await pool.release(await pool.acquire());
    assert.deepEqual(await poolData(observer, 'beside'), {
      idle: undefined,
      used: undefined,
      limit: undefined,
      pending: undefined,
      timeouts: undefined,
      created: { '': 1 },
      waited: undefined,
      used_times: undefined,
    });
    await pool.drain();
  });
});

describe('generic-pool, asked for by its name', () => {
  const observer = observe({ clients: ['generic-pool'] });

  it('is observed whatever it holds', async () => {
    const create = () => Promise.resolve({ host: 'database.test', port: 5432 });
    const pool = createPool({ create, destroy: () => Promise.resolve() }, { max: 4 });
    const resource = await pool.acquire();
    const { used, limit, created } = await poolData(observer, 'database.test:5432');
    assert.deepEqual([used, limit, created], [1, 4, { '': 1 }]);
    await pool.release(resource);
    await pool.drain();
  });
});
