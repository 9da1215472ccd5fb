import assert from 'node:assert/strict';
import Redis, { type RedisOptions } from 'ioredis';
import { until } from '../../support/children';
import { observe } from '../observe';
import { assertSeen, traffic } from '../traffic';
import { useSentinel } from '../use-sentinel';

describe('ioredis: Sentinel', function () {
  this.timeout(60_000);
  const observer = observe();
  const servers = useSentinel();
  let redis: Redis;
  afterEach(() => redis.disconnect());

  const peers = () => observer.spans().map(({ attributes }) => attributes['network.peer.port']);

  async function connect(options: RedisOptions = {}): Promise<Redis> {
    const sentinels = servers.sentinels.map(({ host, port }) => ({ host, port }));
    redis = new Redis({ sentinels, name: servers.masterName, sentinelRetryStrategy: () => 20, ...options });
    redis.on('error', () => undefined);
    await until(() => redis.status === 'ready', 'the client is ready');
    return redis;
  }

  it('the sentinels are the target, the master is the peer, and asking the sentinels is silent', async () => {
    await observer.traced(() => connect());
    await observer.traced(() => redis.get('key'));
    const { attributes } = observer.span();
    assert.deepEqual([attributes['server.address'], attributes['server.port']], [servers.target, undefined]);
    assert.equal(attributes['network.peer.port'], servers.master.port);
    assert.equal(attributes['cache.name'], servers.masterName);
  });

  it('a replica is the peer where it is asked for', async () => {
    await connect({ role: 'slave' });
    await observer.traced(() => redis.get('key'));
    const { attributes } = observer.span();
    assert.equal(attributes['server.address'], servers.target);
    assert.equal(attributes['network.peer.port'], servers.replica.port);
  });

  it('a failover in the middle of traffic loses no span and invents none', async () => {
    await connect({ failoverDetector: true });
    const seen = await traffic(
      observer,
      (index) => redis.set('key', index),
      async () => {
        await servers.failover();
        await until(() => peers().at(-1) === servers.replica.port, 'the new master answers', 30_000);
      },
    );
    await assertSeen(observer, seen);
    assert.deepEqual([...new Set(peers())], [servers.master.port, servers.replica.port]);
    assert.deepEqual([peers()[0], peers().at(-1)], [servers.master.port, servers.replica.port]);
  });
});
