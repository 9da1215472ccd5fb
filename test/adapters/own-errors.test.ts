import assert from 'node:assert/strict';
import { context, type ContextManager, type MeterProvider, metrics } from '@opentelemetry/api';
import { createPool } from 'generic-pool';
import Redis, { Cluster } from 'ioredis';
import Memcached from 'memcached';
import { Client as MemjsClient } from 'memjs';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { Pool as TarnPool } from 'tarn';
import type { CacheInstrumentation } from '../../src';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { useMemcached } from '../memcached/use-memcached';
import { startRedisCluster, startSentinel, type RedisCluster, type SentinelSet } from '../support/servers';
import { useRedis } from './ioredis/use-redis';
import { callsOf } from './memcached/calls';
import { quiet } from './memjs/quiet';
import { observe } from './observe';

function fail(): never {
  throw new Error('not from the cache');
}

/** What the application brings along, or we have not foreseen: from then on it throws. */
const BREAKS: Record<string, (instrumentation: CacheInstrumentation) => () => void> = {
  'a context manager': () => {
    const manager = (context as unknown as { _getContextManager(): ContextManager })._getContextManager();
    manager.active = fail;
    return () => Reflect.deleteProperty(manager, 'active');
  },
  'a context manager that enters no context': () => {
    const manager = (context as unknown as { _getContextManager(): ContextManager })._getContextManager();
    manager.with = fail;
    return () => Reflect.deleteProperty(manager, 'with');
  },
  'the histograms of a meter provider': (instrumentation) => {
    const instrument = new Proxy({}, { get: (_, name) => (name === 'record' ? fail : () => undefined) });
    const meter = new Proxy({}, { get: () => () => instrument });
    instrumentation.setMeterProvider({ getMeter: () => meter } as unknown as MeterProvider);
    return () => instrumentation.setMeterProvider(metrics.getMeterProvider());
  },
  'our own table': (instrumentation) => {
    const { telemetry } = instrumentation as unknown as { telemetry: Telemetry };
    const { statistics } = telemetry;
    telemetry.statistics = new Proxy({} as typeof statistics, { get: fail });
    return () => {
      telemetry.statistics = statistics;
    };
  },
};

describe('errors of ours do not reach the application', () => {
  const observer = observe();
  const server = useRedis();
  const memcached = useMemcached();
  let cluster: RedisCluster;
  let sentinel: SentinelSet;
  before(async function () {
    this.timeout(60_000);
    [cluster, sentinel] = await Promise.all([startRedisCluster(), startSentinel()]);
  });
  after(() => Promise.all([cluster.stop(), sentinel.stop()]));

  async function useIoredis(redis: Redis): Promise<void> {
    assert.equal(await redis.set('k', 'v'), 'OK');
    assert.equal(await redis.get('k'), 'v');
    await assert.rejects(redis.lpush('k', 'x'), /WRONGTYPE/);
    assert.deepEqual(await redis.pipeline().get('k').get('k').exec(), Array(2).fill([null, 'v']));
    assert.deepEqual(await redis.multi().get('k').exec(), [[null, 'v']]);
    void redis.multi({ pipeline: false });
    void redis.get('k');
    void redis.pipeline().get('k').exec();
    assert.deepEqual(await redis.exec(), Array(2).fill([null, 'v']));
    redis.defineCommand('echoed', { numberOfKeys: 1, lua: 'return ARGV[1]' });
    const { echoed } = redis as never as { echoed(key: string, value: string): Promise<string> };
    assert.equal(await echoed.call(redis, 'k', 'v'), 'v');
    await redis.script('FLUSH');
    assert.equal(await echoed.call(redis, 'k', 'v'), 'v');
    await redis.quit();
  }

  const at = () => ({ host: server.server.host, port: server.server.port });
  const nodes = () => cluster.masters.map(({ host, port }) => ({ host, port }));

  /** The whole life of a client, from its making to its end. */
  const LIVES: Record<string, () => Promise<void>> = {
    ioredis: () => useIoredis(new Redis(at())),
    'ioredis, automatic pipelines': async () => {
      const redis = new Redis({ ...at(), enableAutoPipelining: true });
      assert.deepEqual(await Promise.all([redis.set('k', 'v'), redis.get('k')]), ['OK', 'v']);
      await redis.quit();
    },
    'ioredis, a server that is not there': async () => {
      const redis = new Redis({ port: 1, retryStrategy: () => null, lazyConnect: true });
      redis.on('error', () => undefined);
      await assert.rejects(redis.get('k'), { message: /Connection is closed/ });
    },
    'ioredis, a cluster': async () => {
      const redis = new Cluster(nodes());
      assert.equal(await redis.set('k', 'v'), 'OK');
      assert.deepEqual(await redis.pipeline().get('k').exec(), [[null, 'v']]);
      assert.deepEqual(await redis.multi().get('k').exec(), [[null, 'v']]);
      await redis.quit();
    },
    'ioredis, Sentinel': async () => {
      const { host, port } = sentinel.sentinels[0]!;
      const redis = new Redis({ sentinels: [{ host, port }], name: sentinel.masterName });
      assert.equal(await redis.set('k', 'v'), 'OK');
      await redis.quit();
    },
    redis: async () => {
      const client = await createClient({ socket: at() }).connect();
      assert.equal(await client.set('k', 'v'), 'OK');
      assert.equal(await client.get('k'), 'v');
      await assert.rejects(client.lPush('k', 'x'), /WRONGTYPE/);
      assert.deepEqual(await client.multi().get('k').get('k').exec(), ['v', 'v']);
      assert.deepEqual(await client.multi().get('k').get('k').execAsPipeline(), ['v', 'v']);
      assert.equal(await client.eval('return ARGV[1]', { keys: ['k'], arguments: ['v'] }), 'v');
      await client.select(1);
      await client.close();
    },
    'redis, its client-side cache': async () => {
      const options = { RESP: 3, socket: at(), clientSideCache: { ttl: 0, maxEntries: 0 } } as const;
      const client = await createClient(options).connect();
      await client.set('k', 'v');
      for (let i = 0; i < 3; i++) assert.equal(await client.get('k'), 'v');
      await client.close();
    },
    'redis, a server that is not there': async () => {
      const client = createClient({ socket: { port: 1, reconnectStrategy: false } });
      client.on('error', () => undefined);
      await assert.rejects(client.connect(), { code: 'ECONNREFUSED' });
    },
    'redis, its pool': async () => {
      const pool = createClientPool({ socket: at() }, { maximum: 2 });
      await pool.connect();
      assert.equal(await pool.set('k', 'v'), 'OK');
      assert.deepEqual(await Promise.all([1, 2, 3].map(() => pool.execute((client) => client.get('k')))), [
        'v',
        'v',
        'v',
      ]);
      await pool.close();
    },
    'redis, a cluster': async () => {
      const redis = createCluster({ rootNodes: nodes().map((socket) => ({ socket })) });
      await redis.connect();
      assert.equal(await redis.set('k', 'v'), 'OK');
      assert.deepEqual(await redis.multi().get('k').get('k').exec(), ['v', 'v']);
      await redis.close();
    },
    'redis, Sentinel': async () => {
      const sentinelRootNodes = sentinel.sentinels.map(({ host, port }) => ({ host, port }));
      const redis = await createSentinel({ name: sentinel.masterName, sentinelRootNodes }).connect();
      assert.equal(await redis.set('k', 'v'), 'OK');
      assert.equal(await redis.use((client) => client.get('k')), 'v');
      await redis.close();
    },
    memjs: async () => {
      const client = MemjsClient.create(memcached[0]!.location, quiet);
      assert.equal(await client.set('k', 'v', {}), true);
      assert.equal(String((await client.get('k')).value), 'v');
      await (client as unknown as { flush(): Promise<unknown> }).flush();
      client.close();
    },
    memcached: async () => {
      const client = new Memcached(memcached[0]!.location);
      const call = callsOf(client);
      assert.equal(await call('set', 'k', 'v', 0), true);
      assert.equal(await call('get', 'k'), 'v');
      assert.deepEqual(await call('getMulti', ['k', 'none']), { k: 'v' });
      client.end();
    },
    'generic-pool': async () => {
      const pool = createPool(
        { create: () => Promise.resolve(new Redis(at())), destroy: async (redis) => void (await redis.quit()) },
        { max: 1 },
      );
      const first = await pool.acquire();
      const waiting = pool.acquire();
      await pool.release(first);
      await pool.release(await waiting);
      await pool.drain();
      await pool.clear();
    },
    tarn: async () => {
      const pool = new TarnPool<Redis>({
        min: 0,
        max: 1,
        create: () => Promise.resolve(new Redis(at())),
        destroy: async (redis) => void (await redis.quit()),
      });
      const first = await pool.acquire().promise;
      const waiting = pool.acquire().promise;
      pool.release(first);
      pool.release(await waiting);
      await pool.destroy();
    },
  };

  for (const [what, breaks] of Object.entries(BREAKS)) {
    for (const [life, live] of Object.entries(LIVES)) {
      it(`${what} throws: ${life}`, async () => {
        const mend = breaks(observer.instrumentation);
        try {
          await live();
        } finally {
          mend();
        }
        await observer.traced(() => LIVES[life]!());
        if (!life.endsWith('not there'))
          assert.ok(life.includes('pool') || life === 'tarn' || observer.spans().length > 0);
      });
    }
  }
});
