import assert from 'node:assert/strict';
import Redis from 'ioredis';
import { startRedis } from '../../support/servers';
import type { Attributes } from '../../support/telemetry-data';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: where a command goes', () => {
  const observer = observe();
  const server = useRedis();

  /** The attributes of a GET by a client. */
  async function get(redis: Redis): Promise<Attributes> {
    server.closing(redis);
    observer.sdk.reset();
    await observer.traced(() => redis.get('key'));
    return observer.span().attributes;
  }

  it('constructors: port and host, URL, string, options', async () => {
    const { host, port, url } = server.server;
    const clients = [
      new Redis(port, host),
      new Redis(url),
      new Redis(`//${host}:${port}`),
      new Redis({ port }),
      new Redis(String(port)),
    ];
    for (const redis of clients) {
      const attributes = await get(redis);
      assert.equal(attributes['server.port'], port);
      assert.match(String(attributes['server.address']), /^(127\.0\.0\.1|localhost)$/);
      assert.equal(attributes['cache.name'], `${attributes['server.address']}:${port}`);
      assert.equal(attributes['network.peer.port'], port);
    }
  });

  it('the database follows the URL and SELECT', async () => {
    const redis = server.closing(new Redis(`${server.server.url}/2`));
    assert.equal((await get(redis))['db.namespace'], '2');
    await redis.select(5);
    const attributes = await get(redis);
    assert.equal(attributes['db.namespace'], '5');
    assert.equal(attributes['cache.name'], `${server.address}/5`);
    await redis.select(0);
    assert.equal((await get(redis))['cache.name'], server.address);
  });

  it('duplicate: its own options', async () => {
    const redis = await server.connect();
    const copy = redis.duplicate({ db: 6 });
    assert.equal((await get(copy))['db.namespace'], '6');
    assert.equal((await get(redis))['db.namespace'], '0');
  });

  it('connectionName and cacheNames name the cache', async () => {
    const redis = await server.connect({ connectionName: 'sessions' });
    assert.equal((await get(redis))['cache.name'], 'sessions');
    observer.instrumentation.setConfig({
      cacheNames: { [server.address]: 'products', [`${server.address}/1`]: 'one' },
    });
    assert.equal((await get(redis))['cache.name'], 'products');
    await redis.select(1);
    assert.equal((await get(redis))['cache.name'], 'one');
    observer.instrumentation.setConfig({});
    assert.equal((await get(redis))['cache.name'], 'sessions');
  });

  it('a Unix socket', async () => {
    const local = await startRedis({ unixSocket: true });
    for (const redis of [new Redis(local.path!), new Redis({ path: local.path! })]) {
      const attributes = await get(redis);
      assert.equal(attributes['server.address'], local.path);
      assert.equal(attributes['server.port'], undefined);
      assert.equal(attributes['network.peer.address'], undefined);
      assert.equal(attributes['cache.name'], local.path);
      redis.disconnect();
    }
    await local.stop();
  });

  it('TLS', async () => {
    const secure = await startRedis({ tls: true });
    const redis = new Redis({ host: 'localhost', port: secure.port, tls: { ca: secure.tlsCa! } });
    const attributes = await get(redis);
    assert.equal(attributes['server.address'], 'localhost');
    assert.match(String(attributes['network.peer.address']), /^(127\.0\.0\.1|::1)$/);
    redis.disconnect();
    await secure.stop();
  });
});
