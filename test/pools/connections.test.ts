import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import Redis, { Cluster } from 'ioredis';
import Memcached from 'memcached';
import { Client } from 'memjs';
import { observe } from '../adapters/observe';
import { useRedis } from '../adapters/ioredis/use-redis';
import { until } from '../support/children';
import { freePort, LOOPBACK } from '../support/redis-server';
import { startMemcached, type MemcachedServer } from '../support/servers';
import { poolData } from './pools';
import { letIssueTimersGo } from '../adapters/memcached/issue-timers';
import { quiet } from '../adapters/memjs/quiet';

type Created = Readonly<Record<string, number>>;

letIssueTimersGo();

describe('the connections of ioredis', () => {
  const observer = observe();
  const redis = useRedis({});
  const created = async (name: string): Promise<Created> => (await poolData(observer, name)).created;

  it('count: first ones, and those after a loss', async () => {
    const client = await redis.connect({ connectionName: 'alone' });
    assert.deepEqual(await created('alone'), { '': 1 });
    await redis.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(async () => (await created('alone'))[''] === 2, 'it has connected again');
    await client.ping();
    const { idle, used, limit } = await poolData(observer, 'alone');
    assert.deepEqual([idle, used, limit], [undefined, undefined, undefined]);
  });

  it('each attempt that fails counts, by its reason', async () => {
    const port = await freePort();
    let tries = 0;
    const retryStrategy = (): number | null => (++tries < 3 ? 5 : null);
    const client = redis.client({ port, connectionName: 'refused', retryStrategy, maxRetriesPerRequest: 0 });
    await until(() => client.status === 'end', 'it has given up');
    assert.deepEqual(await created('refused'), { ECONNREFUSED: 3 });
  });

  it('a cluster none of whose nodes can be reached has failed to connect, each time', async () => {
    const port = await freePort();
    let tries = 0;
    const cluster = redis.closing(
      new Cluster([{ port }], {
        clusterRetryStrategy: () => (++tries < 2 ? 5 : null),
        redisOptions: { connectionName: 'scattered' },
      }),
    );
    cluster.on('error', () => undefined);
    await until(() => cluster.status === 'end', 'it has given up');
    assert.deepEqual(await created('scattered'), { ECONNREFUSED: 2 });
  });

  it('a cluster whose nodes do not say where the others are has failed to connect, each time', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket)).listen(0, LOOPBACK);
    await once(silent, 'listening');
    const seeds = { silent: (silent.address() as AddressInfo).port, 'no-cluster': redis.server.port };
    for (const [connectionName, port] of Object.entries(seeds)) {
      let tries = 0;
      const cluster = redis.closing(
        new Cluster([{ host: LOOPBACK, port }], {
          clusterRetryStrategy: () => (++tries < 2 ? 5 : null),
          slotsRefreshTimeout: 50,
          redisOptions: { connectionName },
        }),
      );
      cluster.on('error', () => undefined);
      await until(() => cluster.status === 'end', 'it has given up');
    }
    for (const socket of sockets) socket.destroy();
    silent.close();
    assert.deepEqual(await created('silent'), { ETIMEDOUT: 2 });
    assert.deepEqual(await created('no-cluster'), { ERR: 2 });
  });

  it('the reason that the server gives is told', async () => {
    const stranger = { connectionName: 'stranger', username: 'nobody', password: 'wrong' };
    const client = redis.client({ ...stranger, retryStrategy: () => null });
    await until(() => client.status === 'end', 'it has given up');
    assert.deepEqual(await created('stranger'), { WRONGPASS: 1 });
  });

  it('an attempt that the application calls off does not count', async () => {
    const client = redis.client({ connectionName: 'called-off' });
    client.disconnect();
    await until(() => client.status === 'end', 'it has ended');
    assert.deepEqual(await created('called-off'), {});
  });

  it('the promise of `connect` is the caller’s', async () => {
    const port = await freePort();
    const client = redis.closing(new Redis({ port, lazyConnect: true, retryStrategy: () => null }));
    client.on('error', () => undefined);
    await assert.rejects(client.connect(), { message: 'Connection is closed.' });
  });
});

describe('the connections of Memcached’s clients', () => {
  const observer = observe();
  let server: MemcachedServer;
  before(async () => {
    server = await startMemcached([]);
  });
  after(() => server.stop());
  const created = async (name: string): Promise<Created> => (await poolData(observer, name)).created;

  it('memjs: one that the server ends before it has let the client in has failed, and none stays open', async () => {
    const sockets = new Set<Socket>();
    let received = 0;
    const refusing = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => {
        received++;
        if (received < 3) socket.end();
      });
    }).listen(0, LOOPBACK);
    await once(refusing, 'listening');
    const location = `${LOOPBACK}:${(refusing.address() as AddressInfo).port}`;
    const client = Client.create(`user:secret@${location}`, { ...quiet, timeout: 20, conntimeout: 20 });
    const [shown] = (client as unknown as { servers: { _socket?: object }[] }).servers;
    for (const count of [1, 2]) {
      client.get('a', () => undefined);
      await until(() => received === count && shown!._socket === undefined, 'the client has let go of it');
      assert.deepEqual(await created(location), { ConnectionClosed: count });
    }
    client.get('a', () => undefined);
    await until(() => received === 3, 'it waits to be let in');
    client.close();
    await until(() => shown!._socket === undefined, 'it is closed');
    assert.deepEqual(await created(location), { ConnectionClosed: 2 });
    for (const socket of sockets) socket.destroy();
    refusing.close();
  });

  it('memjs: each counts once it can be used, and each that fails', async () => {
    const client = Client.create(server.location, { retries: 0 });
    await client.get('a');
    await client.get('b');
    const [{ _socket: socket }] = (client as unknown as { servers: [{ _socket: Socket }] }).servers;
    assert.equal(socket.listenerCount('close'), 1, 'only the client listens');
    assert.deepEqual(await created(server.location), { '': 1 });
    client.close();
    const nobody = `127.0.0.1:${await freePort()}`;
    const failing = Client.create(nobody, { retries: 1 });
    await assert.rejects(failing.get('a'));
    assert.deepEqual(await created(nobody), { ECONNREFUSED: 1 });
    failing.close();
  });

  it('memcached: each counts once it is there, and each that fails', async () => {
    const before = (await created(server.location))['']!;
    const client = new Memcached(server.location, { poolSize: 1 });
    const get = (of: Memcached): Promise<unknown> =>
      new Promise((resolve) => of.get('a', (error: unknown) => resolve(error)));
    await get(client);
    await get(client);
    assert.deepEqual(await created(server.location), { '': before + 1 });
    client.end();
    const nobody = `127.0.0.1:${await freePort()}`;
    const failing = new Memcached(nobody, { retries: 0, failures: 0, timeout: 200 });
    await get(failing);
    assert.deepEqual(await created(nobody), { ECONNREFUSED: 1 });
    failing.end();
  });

  it('memjs: those after a loss', async () => {
    const sockets = new Set<Socket>();
    const between = await startBetween(server, sockets);
    const client = Client.create(between.location, { ...quiet, retries: 3, retry_delay: 0.01 } as object);
    await client.get('a');
    for (const socket of sockets) socket.destroy();
    await until(async () => {
      // What is written to the connection that is gone may never be answered.
      client.get('a').catch(() => undefined);
      return (await created(between.location))[''] === 2;
    }, 'it has connected again');
    client.close();
    between.stop();
  });

  it('memcached: those after a loss', async () => {
    const sockets = new Set<Socket>();
    const between = await startBetween(server, sockets);
    const client = new Memcached(between.location, { poolSize: 1, retries: 0, failures: 100, retry: 1 });
    const get = () => new Promise((resolve) => client.get('a', resolve));
    await get();
    for (const socket of sockets) socket.destroy();
    await until(async () => {
      void get();
      return (await created(between.location))[''] === 2;
    }, 'it has connected again');
    client.end();
    between.stop();
  });
});

/** Stands between a client and a server, so that connections can be cut. */
async function startBetween(
  server: MemcachedServer,
  sockets: Set<Socket>,
): Promise<{ location: string; stop(): void }> {
  const between = createServer((socket) => {
    const further = connect(server.port, server.host);
    for (const one of [socket, further]) one.on('error', () => undefined);
    sockets.add(socket.pipe(further).pipe(socket));
    socket.on('close', () => {
      sockets.delete(socket);
      further.destroy();
    });
  });
  await new Promise<void>((resolve) => between.listen(0, LOOPBACK, resolve));
  return { location: `${LOOPBACK}:${(between.address() as AddressInfo).port}`, stop: () => void between.close() };
}
