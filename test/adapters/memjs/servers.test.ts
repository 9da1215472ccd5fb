import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { context, trace } from '@opentelemetry/api';
import { Client } from 'memjs';
import { listOf, useMemcached } from '../../memcached/use-memcached';
import { until } from '../../support/children';
import { freePort, startMemcached } from '../../support/servers';
import type { SpanData } from '../../support/telemetry-data';
import { observe } from '../observe';
import { startBinaryServer } from './binary-server';
import { quiet } from './quiet';
import { startSaslMemcached } from './sasl-server';

type MemjsClient = ReturnType<typeof Client.create>;

const GET = 0x00;
const LIST_SASL = 0x20;
const AUTHENTICATE = 0x21;
const AUTH_ERROR = 0x20;
const ENOMEM = 0x82;

describe('memjs: servers', () => {
  const observer = observe();
  const servers = useMemcached(3);
  const clients: MemjsClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  function connect(list: string, options: object = {}): MemjsClient {
    const client = Client.create(list, { ...quiet, retries: 2, retry_delay: 0.01, timeout: 0.5, ...options });
    clients.push(client);
    return client;
  }

  it('several: the list is the target, and the peer is the one that has the key', async () => {
    const client = connect(listOf(servers));
    await observer.traced(() => Promise.all(Array.from({ length: 30 }, (_, i) => client.set(`key:${i}`, 'x', {}))));
    for (const { attributes } of observer.spans()) {
      assert.deepEqual([attributes['server.address'], attributes['server.port']], [listOf(servers), undefined]);
      assert.equal(attributes['cache.name'], listOf(servers));
    }
    const peers = new Set(observer.spans().map(({ attributes }) => attributes['network.peer.port']));
    assert.deepEqual([...peers].sort(), servers.map(({ port }) => port).sort());
    for (let i = 0; i < 5; i++) {
      observer.sdk.reset();
      await observer.traced(() => client.get(`key:${i}`));
      const holder = servers.find(({ port }) => port === observer.span().attributes['network.peer.port']);
      assert.equal(String((await connect(holder!.location).get(`key:${i}`)).value), 'x');
    }
  });

  it('several: the name that one of them has in cacheNames is the name of the cache', async () => {
    observer.instrumentation.setConfig({ cacheNames: { [servers[1]!.location]: 'products' } });
    await observer.traced(() => connect(listOf(servers)).get('key'));
    assert.equal(observer.span().attributes['cache.name'], 'products');
    observer.instrumentation.setConfig({});
  });

  it('flush of several is one operation', async () => {
    await observer.traced(() => connect(listOf(servers)).flush());
    const { name, attributes } = observer.span();
    assert.equal(name, `FLUSH_ALL ${listOf(servers)}`);
    assert.equal(attributes['network.peer.port'], undefined);
  });

  it('the first commands wait for the connection', async () => {
    const client = connect(servers[0]!.location);
    await observer.traced(() => Promise.all([client.get('a'), client.get('b')]));
    await observer.traced(() => client.get('c'));
    const times = observer.spans().map(({ attributes }) => attributes['cache.queue_time']);
    assert.ok((times[0] as number) > 0 && (times[1] as number) > 0);
    assert.equal(times[2], undefined);
  });

  it('a server that is down: retried, and one failed operation', async () => {
    const client = connect(`127.0.0.1:${await freePort()}`);
    await observer.traced(() => assert.rejects(client.get('key'), { code: 'ECONNREFUSED' }));
    const { attributes, status } = observer.span();
    assert.equal(attributes['error.type'], 'ECONNREFUSED');
    assert.equal(attributes['db.response.status_code'], undefined);
    assert.equal(attributes['cache.hit'], undefined);
    assert.equal(status.code, 'ERROR');
  });

  it('a server that does not answer: one failed operation, after the timeout of each try', async () => {
    const silent = await startBinaryServer(() => undefined);
    const client = connect(silent.location, { timeout: 0.1 });
    await observer.traced(() => assert.rejects(client.get('key'), /timed out/));
    assert.equal(observer.span().attributes['error.type'], 'Error');
    assert.ok(observer.span().durationMs >= 199);
    await silent.stop();
  });

  for (const end of ['close', 'quit'] as const) {
    it(`${end}() before the answer: a failed operation, though the client never calls back`, async () => {
      const silent = await startBinaryServer((opcode) => (opcode === GET ? undefined : 0));
      const client = connect(silent.location);
      await client.set('key', 'value', {});
      let isHeard = false;
      await observer.traced(() => {
        client.get('key', () => (isHeard = true));
        client[end]();
      });
      const [{ attributes, status }] = (await observer.spansOnce(1)) as [SpanData];
      assert.deepEqual([attributes['error.type'], status.code], ['ConnectionClosed', 'ERROR']);
      assert.equal(isHeard, false);
      await silent.stop();
    });
  }

  for (const release of ['1.3.2', '1.3.0']) {
    it(`close() after the server has ended the connection, as of ${release}: a failed operation, though the client never calls back`, async () => {
      let received = 0;
      const silent = await startBinaryServer((opcode) => (opcode === GET ? void received++ : 0));
      const client = connect(silent.location);
      await client.set('key', 'value', {});
      const [server] = (client as unknown as { servers: { _socket?: Socket }[] }).servers;
      const socket = server!._socket!;
      // It does not let go of a connection that has ended.
      if (release === '1.3.0') socket.removeAllListeners('close');
      await observer.traced(() => {
        client.get('key', () => undefined);
      });
      await until(() => received === 1, 'it is in flight');
      await silent.stop();
      await until(() => socket.closed, 'the connection has ended');
      assert.deepEqual(observer.spans(), []);
      client.close();
      assert.equal(observer.span().attributes['error.type'], 'ConnectionClosed');
    });
  }

  it('failover: one operation, answered by the next server', async () => {
    const dead = await startMemcached([]);
    const alive = servers[0]!;
    const client = connect(`${dead.location},${alive.location}`, { failover: true, failoverTime: 60 });
    const keys = Array.from({ length: 20 }, (_, index) => `key:${index}`);
    await Promise.all(keys.map((key) => client.set(key, 'x', {})));
    await dead.stop();
    await observer.traced(() => Promise.all(keys.map((key) => client.set(key, 'y', {}))));
    assert.equal(observer.spans().length, 20);
    for (const { attributes, status } of observer.spans()) {
      assert.deepEqual([attributes['network.peer.port'], status.code], [alive.port, 'UNSET']);
    }
  });

  it('no server available: one failed operation', async () => {
    const client = connect(`127.0.0.1:${await freePort()}`, { failover: true });
    await observer.traced(async () => {
      await assert.rejects(client.get('key'), { message: 'No servers available' });
      await assert.rejects(client.get('key'), { message: 'No servers available' });
    });
    assert.deepEqual(
      observer.spans().map(({ status }) => status),
      Array(2).fill({ code: 'ERROR', message: 'No servers available' }),
    );
  });

  it('a retry that succeeds: one operation, without an error, in the context of its caller', async () => {
    let requests = 0;
    // The first request of each connection but the last is never answered.
    const server = await startBinaryServer(() => (++requests < 2 ? undefined : 0));
    const client = connect(server.location, { timeout: 0.1, retries: 3 });
    const [inside, parent] = await observer.traced(async ({ spanId }) => {
      const active = await new Promise((resolve) =>
        client.set('key', 'value', {}, () => resolve(trace.getSpanContext(context.active())?.spanId)),
      );
      return [active, spanId];
    });
    assert.equal(requests, 2);
    assert.equal(inside, parent);
    assert.deepEqual([observer.span().status.code, observer.span().attributes['cache.value_size']], ['UNSET', 5]);
    await server.stop();
  });

  it('a retry of what was called while nobody observed: no operation', async () => {
    const client = connect(`127.0.0.1:${await freePort()}`, { retries: 3 });
    observer.instrumentation.disable();
    const failing = observer.traced(() => assert.rejects(client.get('key'), { code: 'ECONNREFUSED' }));
    observer.instrumentation.enable();
    await failing;
    assert.deepEqual(observer.spans(), []);
  });

  it('SASL: signing in is no operation of its own, and nothing of it shows', async () => {
    const opcodes: number[] = [];
    const server = await startBinaryServer((opcode) => {
      opcodes.push(opcode);
      return 0;
    });
    const client = connect(`user:secret@${server.location}`);
    await observer.traced(() => client.set('key', 'value', {}));
    assert.deepEqual(opcodes, [LIST_SASL, AUTHENTICATE, 1]);
    const { name, attributes } = observer.span();
    assert.equal(name, 'SET key');
    assert.equal(`${attributes['server.address']}:${attributes['server.port']}`, server.location);
    assert.ok(!JSON.stringify(attributes).includes('secret'));
    await server.stop();
  });

  it('SASL: refused', async () => {
    const server = await startBinaryServer((opcode) => (opcode === AUTHENTICATE ? AUTH_ERROR : 0));
    const client = connect(`user:secret@${server.location}`);
    await observer.traced(() => new Promise((resolve) => client.get('key', resolve)));
    const { attributes, status } = observer.span();
    assert.equal(attributes['db.response.status_code'], 'AUTH_ERROR');
    assert.equal(status.code, 'ERROR');
    await server.stop();
  });

  it('SASL: a real server, the right password and a wrong one', async () => {
    const server = await startSaslMemcached('user', 'secret');
    try {
      const client = connect(`user:secret@${server.location}`);
      await observer.traced(async () => {
        assert.equal(await client.set('key', 'value', { expires: 60 }), true);
        assert.equal(String((await client.get('key')).value), 'value');
        assert.equal((await client.get('none')).value, null);
      });
      const shown = observer.spans().map(({ name, status, attributes }) => {
        const { 'cache.hit': hit, 'server.address': address, 'server.port': port } = attributes;
        return [name, status.code, hit, `${address}:${port}`];
      });
      assert.deepEqual(shown, [
        ['SET key', 'UNSET', undefined, server.location],
        ['GET key', 'UNSET', true, server.location],
        ['GET none', 'UNSET', false, server.location],
      ]);
      assert.ok(!JSON.stringify(observer.spans().map(({ attributes }) => attributes)).includes('secret'));
      observer.sdk.reset();
      const stranger = connect(`user:wrong@${server.location}`);
      await observer.traced(() => new Promise((resolve) => stranger.get('key', resolve)));
      const { status, attributes } = observer.span();
      assert.deepEqual([status.code, attributes['db.response.status_code']], ['ERROR', 'AUTH_ERROR']);
    } finally {
      await server.stop();
    }
  });

  it('any other status is a failure', async () => {
    const statuses = [ENOMEM, 0x99];
    const server = await startBinaryServer(() => statuses.shift());
    const client = connect(server.location);
    await observer.traced(async () => {
      await assert.rejects(client.get('key'));
      await assert.rejects(client.get('key'));
    });
    assert.deepEqual(
      observer.spans().map(({ attributes }) => attributes['error.type']),
      ['ENOMEM', '0x0099'],
    );
    await server.stop();
  });
});
