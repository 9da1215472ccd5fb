import assert from 'node:assert/strict';
import { createClientPool, type RedisClientOptions } from 'redis';
import { observe } from '../adapters/observe';
import { useRedis } from '../adapters/redis/use-redis';
import { until } from '../support/children';
import { freePort } from '../support/redis-server';
import { healthy, poolData } from './pools';

describe("node-redis' own pool", () => {
  const observer = observe();
  const redis = useRedis({});

  type PoolOptions = Parameters<typeof createClientPool>[1];

  function pool(options: PoolOptions, client: RedisClientOptions = {}) {
    const { host, port } = redis.server;
    const { socket, ...rest } = client;
    const all = { socket: { host, port, reconnectStrategy: false, ...socket }, ...rest } as RedisClientOptions;
    return redis.closing(createClientPool(all, options).on('error', () => undefined));
  }

  it('tells of the connections, tasks and times of a pool', async () => {
    const carts = pool({ minimum: 1, maximum: 2 }, { name: 'carts' });
    await carts.connect();
    let release = (): void => undefined;
    const free = new Promise<void>((resolve) => (release = resolve));
    const tasks = [1, 2, 3].map(() => carts.execute(() => free));
    await until(async () => (await poolData(observer, 'carts')).waited === 2, 'both clients are in use');
    assert.deepEqual(
      await poolData(observer, 'carts'),
      healthy({ idle: 0, used: 2, limit: 2, pending: 1, created: 2, waited: 2 }),
    );
    release();
    await Promise.all(tasks);
    assert.deepEqual(
      await poolData(observer, 'carts'),
      healthy({ idle: 2, used: 0, limit: 2, pending: 0, created: 2, waited: 3, used_times: 3 }),
    );
    assert.equal(await carts.set('a', 'b'), 'OK');
    assert.equal((await poolData(observer, 'carts')).used_times, 4);
  });

  it('counts tasks that time out, and shows exhaustion only while it lasts', async () => {
    const small = pool({ minimum: 1, maximum: 1, acquireTimeout: 50 }, { name: 'exhausted' });
    await small.connect();
    let looks = 0;
    const asked = {
      get key() {
        return `key:${++looks}`;
      },
      get args() {
        return ['GET', `key:${++looks}`];
      },
    };
    // As it is written, not as the compiler of the tests writes it.
    const task = (call: string) =>
      new Function('asked', `return (client) => client.${call}`)(asked) as (client: unknown) => Promise<unknown>;
    let release = (): void => undefined;
    const using = small.execute(() => new Promise<void>((resolve) => (release = resolve)));
    const refused = [
      assert.rejects(small.ping(), { name: 'Error', message: /Timeout waiting for a client/ }),
      assert.rejects(small.execute(task('get(asked.key)'))),
      assert.rejects(small.execute(task('sendCommand(asked.args)'))),
    ];
    assert.equal((await poolData(observer, 'exhausted')).pending, 3);
    await Promise.all(refused);
    assert.equal(looks, 0, 'a task that is given up is never looked into');
    const { pending, timeouts, used, waited } = await poolData(observer, 'exhausted');
    assert.deepEqual([pending, timeouts, used, waited], [0, 3, 1, 1]);
    release();
    await using;
  });

  it('what was asked of a pool and never written ends in a failed span, below its caller', async () => {
    const { host, port } = redis.server;
    const options = { minimum: 1, maximum: 1, acquireTimeout: 50 };
    const small = pool(options, { url: `redis://${host}:${port}/4`, socket: {} } as never);
    await small.connect();
    let release = (): void => undefined;
    const using = small.execute(() => new Promise<void>((resolve) => (release = resolve)));
    let ran = false;
    const parent = await observer.traced(async (own) => {
      await Promise.all([
        assert.rejects(small.get('user:1'), { message: /Timeout waiting for a client/ }),
        assert.rejects(small.sendCommand(['GET', 'user:2']), { message: /Timeout waiting for a client/ }),
        assert.rejects(small.multi().get('user:3').get('user:4').exec(), { message: /Timeout waiting for a client/ }),
        assert.rejects(small.multi().get('user:5').get('user:6').execAsPipeline(), /Timeout waiting for a client/),
        // What this would have asked for, nobody knows.
        assert.rejects(small.execute(() => void (ran = true))),
      ]);
      return own;
    });
    release();
    await using;
    assert.equal(ran, false);
    const { address } = redis;
    for (const { parentSpanId, attributes, durationMs, status } of observer.spans()) {
      assert.deepEqual([parentSpanId, status.code], [parent.spanId, 'ERROR']);
      assert.deepEqual([attributes['error.type'], attributes['cache.hit']], ['TimeoutError', undefined]);
      assert.equal(`${attributes['server.address']}:${attributes['server.port']}`, address);
      assert.deepEqual([attributes['db.namespace'], attributes['cache.name']], ['4', `${address}/4`]);
      assert.equal(attributes['network.peer.address'] ?? attributes['cache.queue_time'], undefined);
      assert.ok(durationMs >= 49, `${durationMs} ms`);
    }
    const names = observer.spans().map(({ name }) => name);
    assert.deepEqual(names.sort(), ['GET user:*', 'GET user:*', 'MULTI GET user:*', 'PIPELINE GET user:*']);
    const [failed] = await observer.points('db.client.operation.duration', {
      'error.type': 'TimeoutError',
      'db.operation.name': 'GET',
    });
    assert.equal(failed!.histogram!.count, 2);
  });

  it('so does what was asked of a pool that is closed, or that can not connect', async () => {
    const closed = pool({}, { name: 'closed' });
    const refused = pool({ minimum: 0 }, { name: 'refused', socket: { port: await freePort() } });
    await refused.connect();
    await observer.traced(async () => {
      await assert.rejects(closed.get('user:1'), { message: 'The client is closed' });
      await assert.rejects(refused.get('user:1'), { code: 'ECONNREFUSED' });
    });
    const failures = observer.spans().map(({ attributes }) => [attributes['cache.name'], attributes['error.type']]);
    assert.deepEqual(failures, [
      ['closed', 'ClientClosedError'],
      ['refused', 'ECONNREFUSED'],
    ]);
  });

  it('tells pools apart, by their servers too, and one that is closed leaves the metrics', async () => {
    const [one, other] = [pool({ maximum: 2 }), pool({ maximum: 5 }, { database: 3 })];
    await Promise.all([one.connect(), other.connect()]);
    const state = async (name: string): Promise<unknown> => {
      const { idle, used, limit } = await poolData(observer, name);
      return { idle, used, limit };
    };
    assert.deepEqual(await state(redis.address), { idle: 1, used: 0, limit: 2 });
    assert.deepEqual(await state(`${redis.address}/3`), { idle: 1, used: 0, limit: 5 });
    await one.close();
    // The SDK repeats the last value of a series that is not told any more.
    assert.deepEqual(await state(redis.address), { idle: 0, used: 0, limit: 0 });
    assert.deepEqual(await state(`${redis.address}/3`), { idle: 1, used: 0, limit: 5 });
  });

  it('a server that refuses connections shows', async () => {
    const port = await freePort();
    const failing = pool({}, { name: 'failing', socket: { port } });
    await assert.rejects(failing.connect(), { code: 'ECONNREFUSED' });
    assert.deepEqual((await poolData(observer, 'failing')).created, { ECONNREFUSED: 1 });
  });
});

describe('the connections of node-redis', () => {
  const observer = observe();
  const redis = useRedis({});
  const created = async (name: string) => (await poolData(observer, name)).created;

  it('count: first ones, failed ones, and those after a loss', async () => {
    const client = await redis.connect({ name: 'alone' });
    assert.deepEqual(await created('alone'), { '': 1 });
    await redis.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(async () => (await created('alone'))[''] === 2, 'it has connected again');
    await client.ping();
    const { idle, used, limit } = await poolData(observer, 'alone');
    assert.deepEqual([idle, used, limit], [undefined, undefined, undefined]);
  });

  it('each attempt that fails counts, by its reason', async () => {
    const port = await freePort();
    const client = redis.client({
      name: 'refused',
      socket: { port, reconnectStrategy: (tries: number) => tries < 3 && 5 },
    });
    await assert.rejects(client.connect());
    const refused = (await created('refused'))['ECONNREFUSED']!;
    assert.ok(refused === 4 || refused === 3, `${refused} attempts`);
  });

  it('the reason that the server gives is told', async () => {
    const client = redis.client({
      name: 'stranger',
      username: 'nobody',
      password: 'wrong',
      socket: { reconnectStrategy: false },
    });
    await assert.rejects(client.connect(), /WRONGPASS|ERR/);
    assert.match(Object.keys(await created('stranger')).join(), /^(ERR|WRONGPASS)$/);
  });
});
