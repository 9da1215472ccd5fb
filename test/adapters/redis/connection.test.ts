import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { createClientPool } from 'redis';
import { freePort, LOOPBACK } from '../../support/redis-server';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('redis: connections and endpoints', () => {
  const observer = observe();
  const server = useRedis({ unixSocket: true });

  it('what is asked for before there is a connection has waited for it', async () => {
    const client = server.client();
    await observer.traced(async () => {
      const connected = client.connect();
      assert.equal(await client.get('key'), null);
      await connected;
      await client.get('key');
    });
    const [early, later] = observer.spans();
    const queueTime = early!.attributes['cache.queue_time'] as number;
    assert.ok(queueTime > 0 && queueTime * 1000 <= early!.durationMs, `${queueTime} s of ${early!.durationMs} ms`);
    assert.equal(early!.attributes['network.peer.port'], server.server.port);
    assert.equal(later!.attributes['cache.queue_time'], undefined);
  });

  it('a command that is never written ends in a failed span', async () => {
    const client = server.client({ socket: { port: await freePort() } });
    const connected = client.connect().catch(() => undefined);
    await observer.traced(async () => {
      const pending = assert.rejects(client.get('key'));
      client.destroy();
      await pending;
      await assert.rejects(client.get('key'), { message: 'The client is closed' });
    });
    await connected;
    const spans = observer.spans();
    assert.deepEqual(
      spans.map(({ status, attributes }) => [status.code, attributes['error.type'], attributes['cache.queue_time']]),
      [
        ['ERROR', 'DisconnectsClientError', undefined],
        ['ERROR', 'ClientClosedError', undefined],
      ],
    );
  });

  it('a queue that is full', async () => {
    const client = await server.connect({ commandsQueueMaxLength: 10 });
    await observer.traced(async () => {
      const calls = Array.from({ length: 11 }, (_, index) => client.get(`key:${index}`));
      const last = (await Promise.allSettled(calls)).at(-1)!;
      assert.equal(last.status, 'rejected');
    });
    const failed = observer.spans().filter(({ status }) => status.code === 'ERROR');
    assert.deepEqual([observer.spans().length, failed.length], [11, 1]);
  });

  it('a connection that is lost: what was on its way fails, what comes after it waits', async () => {
    const moody = createServer((socket) => {
      socket.on('data', (data) => (String(data).includes('lost') ? socket.destroy() : socket.write('$-1\r\n')));
    });
    await new Promise<void>((resolve) => moody.listen(0, LOOPBACK, resolve));
    const { port } = moody.address() as AddressInfo;
    const client = server.client({ RESP: 2, disableClientInfo: true, socket: { port } } as never);
    await client.connect();
    await observer.traced(async () => {
      await assert.rejects(client.get('lost'));
      await client.get('later');
    });
    moody.close();
    const [lost, later] = observer.spans();
    assert.equal(lost!.attributes['error.type'], 'SocketClosedUnexpectedlyError');
    assert.equal(lost!.attributes['cache.queue_time'], undefined);
    assert.ok((later!.attributes['cache.queue_time'] as number) > 0);
    assert.equal(later!.attributes['network.peer.port'], port);
  });

  it('URLs, names and Unix sockets', async () => {
    const { host, port, path } = server.server;
    const named = await server.connect({ url: `redis://${host}:${port}/2`, name: 'carts', socket: {} } as never);
    const unix = await server.connect({ socket: { path: path!, tls: false } } as never);
    await observer.traced(async () => {
      await named.get('key');
      await unix.get('key');
    });
    const [one, other] = observer.spans().map(({ attributes }) => attributes);
    assert.deepEqual(
      [one!['server.address'], one!['server.port'], one!['db.namespace'], one!['cache.name']],
      [host, port, '2', 'carts'],
    );
    assert.deepEqual([other!['server.address'], other!['server.port']], [path, undefined]);
  });

  it('a host name is the target, the address that it stands for the peer', async () => {
    const client = await server.connect({ socket: { host: 'localhost', family: 4 } });
    await observer.traced(() => client.get('key'));
    const { attributes } = observer.span();
    assert.equal(attributes['server.address'], 'localhost');
    assert.deepEqual(
      [attributes['network.peer.address'], attributes['network.peer.port']],
      [LOOPBACK, server.server.port],
    );
  });
});

describe('redis: createClientPool', () => {
  const observer = observe();
  const server = useRedis();

  it('what waits for a client keeps its caller, and tells how long it waited', async () => {
    const { host, port } = server.server;
    const pool = createClientPool({ socket: { host, port }, name: 'pooled' }, { minimum: 1, maximum: 1 });
    await server.closing(pool).connect();
    const parents = await Promise.all(
      [1, 2, 3].map((index) =>
        observer.traced(async ({ spanId }) => {
          await pool.get(`key:${index}`);
          return spanId;
        }),
      ),
    );
    const spans = observer.spans();
    assert.deepEqual(
      spans.map(({ parentSpanId }) => parentSpanId),
      parents,
    );
    assert.deepEqual(
      spans.map(({ attributes }) => typeof attributes['cache.queue_time']),
      ['undefined', 'number', 'number'],
    );
    assert.ok(spans.every(({ attributes }) => attributes['cache.name'] === 'pooled'));
  });

  it('batches, tasks and raw commands', async () => {
    const { host, port } = server.server;
    const pool = server.closing(createClientPool({ socket: { host, port } }));
    await pool.connect();
    await observer.traced(async () => {
      await pool.multi().set('a', '1').get('a').exec();
      await pool.sendCommand(['GET', 'a']);
      await pool.execute((client) => client.get('a'));
    });
    const operations = observer.spans().map(({ attributes }) => attributes['db.operation.name']);
    assert.deepEqual(operations, ['MULTI', 'GET', 'GET']);
  });
});

describe('redis: client-side cache', () => {
  const observer = observe();
  const server = useRedis();

  it('a hit in the client is a lookup, told apart by its level, and no remote operation', async () => {
    const client = await server.connect({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 10 }, name: 'near' });
    await client.set('key', 'value');
    await observer.traced(async () => {
      for (let index = 0; index < 3; index++) assert.equal(await client.get('key'), 'value');
    });
    const levels = observer.spans().map(({ name, attributes }) => {
      return [name, attributes['cache.level'], attributes['cache.hit'], attributes['cache.value_size']];
    });
    assert.deepEqual(levels, [
      ['GET key', undefined, true, 5],
      ['GET key', 'client', true, 5],
      ['GET key', 'client', true, 5],
    ]);
    const hits = await observer.points('cache.hits', { 'cache.name': 'near' });
    assert.deepEqual(
      hits.map(({ attributes, value }) => [attributes['cache.level'], value]).sort(),
      [
        ['client', 2],
        [undefined, 1],
      ].sort(),
    );
    const [remote] = await observer.points('db.client.operation.duration', {
      'db.operation.name': 'GET',
      'server.port': server.server.port,
    });
    assert.equal(remote!.histogram!.count, 1);
  });
});
