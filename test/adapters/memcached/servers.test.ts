import assert from 'node:assert/strict';
import Memcached from 'memcached';
import { listOf, useMemcached } from '../../memcached/use-memcached';
import { freePort, type MemcachedServer } from '../../support/servers';
import { observe } from '../observe';
import { callsOf } from './calls';
import { startTextServer } from './text-server';
import { letIssueTimersGo } from './issue-timers';

/** Fails at the first try, tries a server again right away, and leaves no timers behind. */
const impatient = { retries: 0, timeout: 500, retry: 1, failures: 100, failuresTimeout: 1, poolSize: 50 };

const KEYS = Array.from({ length: 30 }, (_, index) => `key:${index}`);

letIssueTimersGo();

describe('memcached: servers', () => {
  const observer = observe();
  const servers = useMemcached(3);
  const clients: Memcached[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.end();
  });
  function connect(list: Memcached.Location, options: Memcached.options = {}): Memcached {
    const client = new Memcached(list, { ...impatient, ...options });
    clients.push(client);
    return client;
  }
  const locations = () => servers.map(({ location }) => location);
  const attributes = () => observer.spans().map((span) => span.attributes);

  it('several: the list is the target, and the peer is the one that has the key', async () => {
    const call = callsOf(connect(locations()));
    await observer.traced(() => Promise.all(KEYS.map((key) => call('set', key, 'x', 0))));
    for (const one of attributes()) {
      assert.deepEqual([one['server.address'], one['server.port']], [listOf(servers), undefined]);
      assert.equal(one['cache.name'], listOf(servers));
    }
    const peers = new Set(attributes().map((one) => one['network.peer.port']));
    assert.deepEqual([...peers].sort(), servers.map(({ port }) => port).sort());
    for (const key of KEYS.slice(0, 5)) {
      observer.sdk.reset();
      await observer.traced(() => call('get', key));
      const holder = servers.find(({ port }) => port === observer.span().attributes['network.peer.port']);
      assert.equal(await callsOf(connect(holder!.location))('get', key), 'x');
    }
  });

  it('getMulti and flush of several are one operation each', async () => {
    const call = callsOf(connect(locations()));
    await Promise.all(KEYS.map((key) => call('set', key, 'xx', 0)));
    const missing = KEYS.map((key) => `missing:${key}`);
    await observer.traced(async () => {
      await call('getMulti', [...KEYS, ...missing]);
      await call('flush');
      await call('getMulti', KEYS);
    });
    const [some, flush, none] = attributes();
    assert.equal(observer.spans().length, 3);
    assert.deepEqual([some!['cache.hits'], some!['cache.misses'], some!['cache.value_size']], [30, 30, 60]);
    assert.equal(some!['cache.key_count'], 60);
    assert.equal(flush!['db.operation.name'], 'FLUSH_ALL');
    assert.deepEqual([none!['cache.hit'], none!['cache.misses']], [false, 30]);
  });

  it('the caller may change its array of keys at once', async () => {
    const call = callsOf(connect(locations()));
    await call('set', 'own:1', 'x', 0);
    await observer.traced(() => {
      const keys = ['own:1', 'own:2'];
      const answered = call('getMulti', keys);
      keys.length = 0;
      return answered;
    });
    const [one] = attributes();
    assert.deepEqual([one!['cache.hits'], one!['cache.misses']], [1, 1]);
  });

  it('the first command waits for the connection', async () => {
    const call = callsOf(connect(locations()[0]!));
    await observer.traced(async () => {
      await call('get', 'a');
      await call('get', 'b');
    });
    const [first, second] = attributes().map((one) => one['cache.queue_time']);
    assert.ok((first as number) > 0);
    assert.equal(second, undefined);
  });

  it('a server that is down: one failed operation, which tells where', async () => {
    const port = await freePort();
    const client = connect(`127.0.0.1:${port}`, { retry: 2000 });
    const call = callsOf(client);
    await observer.traced(async () => {
      await assert.rejects(call('get', 'key'), /ECONNREFUSED/);
      await assert.rejects(call('get', 'key'), /not available/);
    });
    const [refused, unavailable] = observer.spans();
    assert.deepEqual([refused!.attributes['error.type'], refused!.status.code], ['ECONNREFUSED', 'ERROR']);
    assert.equal(refused!.attributes['network.peer.port'], port);
    assert.deepEqual([unavailable!.attributes['error.type'], unavailable!.status.code], ['Error', 'ERROR']);
    assert.equal(unavailable!.attributes['cache.hit'], undefined);
    assert.equal(observer.spans().length, 2);
  });

  it('a retried connection: one operation, without an error', async () => {
    const port = await freePort();
    const call = callsOf(connect(`127.0.0.1:${port}`, { retries: 50, minTimeout: 50, maxTimeout: 50 } as object));
    const answered = observer.traced(() => call('set', 'key', 'x', 0));
    const late = await startTextServer((socket) => socket.write('STORED\r\n'), port);
    assert.equal(await answered, true);
    const { attributes: one, status } = observer.span();
    assert.deepEqual([one['network.peer.port'], status.code], [port, 'UNSET']);
    assert.ok((one['cache.queue_time'] as number) > 0);
    await late.stop();
  });

  it('a connection that ends with a command in flight: a failed operation, though the client never calls back', async () => {
    const dying = await startTextServer((socket) => socket.destroy());
    const client = connect(dying.location);
    await observer.traced(() => client.get('key', () => assert.fail('called back')));
    await observer.spansOnce(1);
    const { attributes: one, status } = observer.span();
    assert.equal(status.code, 'ERROR');
    assert.match(String(one['error.type']), /^(ECONNRESET|ConnectionClosed)$/);
    assert.equal(one['network.peer.port'], dying.port);
    await dying.stop();
  });

  it('an answer that the client has received but can not get at: a failed operation, when the connection has ended', async () => {
    let received = 0;
    const strange = await startTextServer((socket) => {
      if (received++ === 0) socket.write('END\r\n');
      else socket.end('STRANGE\r\nEND\r\n');
    });
    const client = connect(strange.location);
    await callsOf(client)('get', 'key');
    await observer.traced(() => {
      for (const key of ['a', 'b']) client.get(key, () => assert.fail('called back'));
    });
    const spans = await observer.spansOnce(2);
    assert.deepEqual(
      spans.map(({ status, attributes: one }) => [status.code, one['cache.hit']]),
      [
        ['ERROR', undefined],
        ['ERROR', undefined],
      ],
    );
    await strange.stop();
  });

  it('a server that does not answer: a failed operation, when the client gives the connection up', async () => {
    const silent = await startTextServer(() => undefined);
    const client = connect(silent.location, { idle: 100 });
    await observer.traced(() => client.get('key', () => assert.fail('called back')));
    await observer.spansOnce(1);
    assert.equal(observer.span().attributes['error.type'], 'ConnectionClosed');
    assert.ok(observer.span().durationMs >= 99);
    await silent.stop();
  });

  it('getMulti with one server down: one failed operation, and what the others have is handed on', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const client = connect([...locations(), dead]);
    await Promise.all(KEYS.map((key) => callsOf(client)('set', key, 'x', 0).catch(() => undefined)));
    observer.sdk.reset();
    const [errors, found] = await observer.traced(
      () => new Promise<unknown[]>((resolve) => client.getMulti(KEYS, (...results) => resolve(results))),
    );
    assert.equal((errors as unknown[]).length, 1);
    assert.ok(Object.keys(found as object).length > 0);
    const { attributes: one, status } = observer.span();
    assert.equal(status.code, 'ERROR');
    assert.deepEqual([one['cache.hit'], one['cache.hits']], [undefined, undefined]);
  });

  it('failover: the keys of a dead server go to its replacement', async () => {
    const port = await freePort();
    const [alive, replacement] = servers as [MemcachedServer, MemcachedServer];
    const options = { failures: 0, remove: true, failOverServers: [replacement.location] } as object;
    const call = callsOf(connect([`127.0.0.1:${port}`, alive.location], options));
    // One after the other: a second failure would take the replacement out as well.
    const isRefused = (key: string) =>
      call('set', key, 'x', 0).then(
        () => false,
        () => true,
      );
    let lost = 0;
    while (!(await isRefused(KEYS[lost]!))) lost++;
    observer.sdk.reset();
    await observer.traced(() => call('set', KEYS[lost]!, 'z', 0));
    const { attributes: one, status } = observer.span();
    assert.deepEqual([status.code, one['network.peer.port']], ['UNSET', replacement.port]);
  });

  it('what the client throws: one failed operation', async () => {
    // memcached 2.2 asks its ring of servers for a method that the ring has no more.
    const client = connect(locations(), { redundancy: 2 } as object);
    await observer.traced(() => assert.throws(() => client.incr('count', 1, () => undefined), TypeError));
    assert.equal(observer.span().attributes['error.type'], 'TypeError');
  });
});
