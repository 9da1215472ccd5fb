import assert from 'node:assert/strict';
import Redis from 'ioredis';
import { until } from '../../support/children';
import { freePort, startRedis } from '../../support/servers';
import { observe } from '../observe';
import { useRedis } from './use-redis';

/** Asks a paused server, so that the command is written and not answered. */
async function inFlight(redis: Redis): Promise<void> {
  const { commandQueue } = redis as unknown as { commandQueue: { length: number } };
  await until(() => commandQueue.length > 0, 'the command is written');
}

describe('ioredis: the way of a command', () => {
  const observer = observe();
  const server = useRedis();

  it('waiting in the offline queue: one span below the caller, that says how long', async () => {
    server.server.pause();
    const redis = server.client();
    const answer = observer.traced(async (own) => {
      assert.equal(await redis.get('key'), null);
      return own;
    });
    await until(() => redis.status === 'connect', 'the handshake has begun');
    server.server.resume();
    const { spanId } = await answer;
    const { parentSpanId, attributes, durationMs } = observer.span();
    assert.equal(parentSpanId, spanId);
    const queueTime = attributes['cache.queue_time'] as number;
    assert.ok(queueTime > 0 && queueTime * 1000 <= durationMs, `${queueTime} s of ${durationMs} ms`);
    assert.equal(attributes['network.peer.port'], server.server.port);
  });

  it('a pipeline and a transaction wait as one', async () => {
    const redis = server.client({ lazyConnect: true });
    await observer.traced(async () => {
      await Promise.all([redis.pipeline().get('a').get('b').exec(), redis.multi().get('a').get('b').exec()]);
    });
    const [pipeline, transaction] = observer.spans();
    assert.ok((pipeline!.attributes['cache.queue_time'] as number) > 0);
    assert.ok((transaction!.attributes['cache.queue_time'] as number) > 0);
  });

  it('a command that did not wait has no queue time', async () => {
    const redis = await server.connect();
    await observer.traced(() => redis.get('key'));
    assert.equal(observer.span().attributes['cache.queue_time'], undefined);
  });

  it('resent after a reconnect: one span', async () => {
    const redis = await server.connect();
    await redis.set('key', 'value');
    server.server.pause();
    const answer = observer.traced(() => redis.get('key'));
    await inFlight(redis);
    redis.disconnect(true);
    server.server.resume();
    assert.equal(await answer, 'value');
    assert.equal(observer.span().attributes['cache.hit'], true);
  });

  it('a pipeline resent after a reconnect: one span, each member counted once', async () => {
    const redis = await server.connect();
    await redis.set('key', 'value');
    server.server.pause();
    const answer = observer.traced(() => redis.pipeline().get('key').get('none').exec());
    await inFlight(redis);
    redis.disconnect(true);
    server.server.resume();
    await answer;
    const { attributes } = observer.span();
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
  });

  it('never written, as there is no server: a failed span without a peer', async () => {
    const port = await freePort();
    const redis = server.client({ port, maxRetriesPerRequest: 1, retryStrategy: () => 1 });
    await observer.traced(() => assert.rejects(redis.get('key'), { name: 'MaxRetriesPerRequestError' }));
    const { status, attributes } = observer.span();
    assert.equal(status.code, 'ERROR');
    assert.equal(attributes['error.type'], 'MaxRetriesPerRequestError');
    assert.equal(attributes['server.port'], port);
    assert.equal(attributes['network.peer.address'], undefined);
    assert.equal(attributes['cache.hit'], undefined);
  });

  it('never written, as the client was closed', async () => {
    const redis = await server.connect();
    redis.disconnect();
    await until(() => redis.status === 'end', 'the client has ended');
    await observer.traced(async () => {
      await assert.rejects(redis.get('key'), { message: 'Connection is closed.' });
      const results = await redis.pipeline().get('a').get('b').exec();
      assert.match(String(results![0]![0]), /Connection is closed/);
    });
    assert.deepEqual(
      observer.spans().map(({ status }) => status.code),
      ['ERROR', 'ERROR'],
    );
  });

  it('enableOfflineQueue: false', async () => {
    const redis = server.client({ enableOfflineQueue: false, lazyConnect: true });
    await observer.traced(() => assert.rejects(redis.get('key'), /enableOfflineQueue options is false/));
    assert.equal(observer.span().status.code, 'ERROR');
  });

  it('commandTimeout ends the span; the late answer changes nothing', async () => {
    const redis = await server.connect({ commandTimeout: 100 });
    server.server.pause();
    await observer.traced(() => assert.rejects(redis.get('key'), /Command timed out/));
    server.server.resume();
    await until(async () => (await redis.echo('x').catch(() => '')) === 'x', 'the server answers again');
    const [timedOut] = observer.spans();
    assert.equal(timedOut!.status.code, 'ERROR');
  });

  it("the connection's own traffic makes no spans and no metrics", async () => {
    const protectedServer = await startRedis({ password: 'p@ss' });
    const redis = server.closing(new Redis(protectedServer.url, { db: 3, connectionName: 'own', lazyConnect: true }));
    await observer.traced(async () => {
      await redis.connect();
      await redis.ping();
      await redis.select(4);
      await redis.client('GETNAME');
      await redis.info();
      await redis.quit();
    });
    assert.deepEqual(observer.spans(), []);
    const durations = await observer.points('db.client.operation.duration', { 'server.port': protectedServer.port });
    assert.deepEqual(durations, []);
    assert.deepEqual(await observer.points('cache.operations', { 'cache.name': 'own' }), []);
    await protectedServer.stop();
  });
});
