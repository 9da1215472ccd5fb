import assert from 'node:assert/strict';
import { once } from 'node:events';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: connections with a mode of their own', () => {
  const observer = observe();
  const server = useRedis();

  it('subscribers are left alone', async () => {
    const subscriber = await server.connect();
    const publisher = await server.connect();
    await observer.traced(async () => {
      assert.equal(await subscriber.subscribe('news', 'sport'), 2);
      assert.equal(await subscriber.psubscribe('n*'), 3);
      const heard = once(subscriber, 'message');
      const matched = once(subscriber, 'pmessage');
      await publisher.publish('news', 'hello');
      assert.deepEqual(await heard, ['news', 'hello']);
      assert.deepEqual(await matched, ['n*', 'news', 'hello']);
      await assert.rejects(subscriber.get('key'), /subscriber mode/);
      assert.equal(await subscriber.unsubscribe('news', 'sport'), 1);
      assert.equal(await subscriber.punsubscribe('n*'), 0);
      assert.equal(await subscriber.get('key'), null);
    });
    const names = observer.spans().map(({ name, status }) => `${name} ${status.code}`);
    assert.deepEqual(names, [`PUBLISH ${server.address} UNSET`, 'GET key ERROR', 'GET key UNSET']);
  });

  it('a subscriber that reconnects subscribes again, unseen', async () => {
    const subscriber = await server.connect();
    const publisher = await server.connect();
    await subscriber.subscribe('news');
    const back = once(subscriber, 'ready');
    subscriber.disconnect(true);
    await back;
    await assertHears();
    assert.deepEqual(observer.spans(), []);

    async function assertHears(): Promise<void> {
      const heard = once(subscriber, 'message');
      while ((await publisher.publish('news', 'hello')) === 0);
      assert.deepEqual(await heard, ['news', 'hello']);
    }
  });

  it('MONITOR is left alone', async () => {
    const redis = await server.connect();
    await observer.traced(async () => {
      const monitor = server.closing(await redis.monitor());
      const seen = once(monitor, 'monitor');
      await redis.get('key');
      assert.deepEqual(((await seen) as unknown[])[1], ['get', 'key']);
      await assert.rejects(monitor.get('key'), /monitoring mode/);
    });
    assert.equal(observer.span().name, 'GET key');
  });

  it('numbers as strings', async () => {
    const redis = await server.connect({ stringNumbers: true });
    await observer.traced(async () => {
      assert.equal(await redis.set('count', '1'), 'OK');
      assert.equal(await redis.incr('count'), '2' as never);
      assert.equal(await redis.del('count'), '1' as never);
    });
    assert.equal(observer.spans()[2]!.attributes['cache.deleted_count'], 1);
  });
});
