import assert from 'node:assert/strict';
import { createPool } from 'generic-pool';
import type * as Library from 'ioredis';
import { poolData } from '../../pools/pools';
import { until } from '../../support/children';
import { loadVersion } from '../../support/library-versions';
import { freePort } from '../../support/redis-server';
import { startRedis, type RedisServer } from '../../support/servers';
import { observe } from '../observe';
import { useCluster } from '../use-cluster';

type Redis = Library.Redis;
type Version = readonly [name: string, version: string];

const VERSIONS: readonly Version[] = [
  ['ioredis', '4.28.0'],
  ['ioredis', '5.0.0'],
  ['ioredis', '6.0.0'],
  ['iovalkey', '0.1.0'],
];

describe('ioredis over its versions', function () {
  this.timeout(60_000);
  const observer = observe();
  const servers = useCluster();
  let server: RedisServer;
  before(async () => {
    server = await startRedis({});
  });
  after(() => server.stop());

  for (const [name, version] of VERSIONS) {
    describe(`${name} ${version}`, () => {
      let library: typeof Library & (new (options: object) => Redis);
      let connected: { disconnect(): void }[] = [];
      before(async () => {
        library = (await loadVersion(name, version)) as typeof library;
      });
      afterEach(() => {
        for (const one of connected) one.disconnect();
        connected = [];
      });
      const own = (what: string) => `${what}-${name}-${version}`;

      function client(options: object): Redis {
        const redis = new library({ host: server.host, port: server.port, retryStrategy: () => 20, ...options });
        redis.on('error', () => undefined);
        connected.push(redis);
        return redis;
      }

      it('connections: first ones, failed ones by their reason, and those after a loss', async () => {
        const connectionName = own('connects');
        const created = async () => (await poolData(observer, connectionName)).created;
        const redis = client({ connectionName });
        await redis.ping();
        assert.deepEqual(await created(), { '': 1 });
        await server.call('CLIENT', 'KILL', 'TYPE', 'normal');
        await until(async () => (await created())[''] === 2, 'it has connected again');
        let tries = 0;
        const retryStrategy = () => (++tries < 3 ? 5 : null);
        const failing = client({ connectionName, port: await freePort(), retryStrategy });
        await until(() => failing.status === 'end', 'it has given up');
        assert.deepEqual(await created(), { '': 2, ECONNREFUSED: 3 });
      });

      it('the database in use: refused, left by RESET, and selected again after a loss', async () => {
        const redis = client({ db: 2, connectionName: own('databases') });
        await redis.select(3);
        await assert.rejects(redis.select(99), /out of range/);
        await observer.traced(() => redis.get('key'));
        await redis.select(0);
        await redis.watch('watched');
        await server.call('INCR', 'watched');
        assert.equal(await redis.multi().select(5).exec(), null);
        await observer.traced(() => redis.get('key'));
        await redis.select(4);
        await redis.call('RESET');
        await observer.traced(() => redis.get('key'));
        await server.call('CLIENT', 'KILL', 'TYPE', 'normal');
        await until(() => redis.status !== 'ready', 'the connection is lost');
        await until(() => redis.status === 'ready', 'there is a new one');
        await observer.traced(() => redis.get('key'));
        const told = observer.spans().map(({ attributes }) => attributes['db.namespace']);
        assert.deepEqual(told, ['3', '0', '0', '4']);
      });

      it('answers that arrive in one piece have one end', async () => {
        const redis = client({});
        await redis.ping();
        await server.call('CLIENT', 'PAUSE', '50', 'ALL');
        await observer.traced(() => Promise.all(['a', 'b', 'c'].map((key) => redis.get(key))));
        const ends = observer.spans().map(({ endTimeUnixNano }) => endTimeUnixNano);
        assert.deepEqual([ends.length, new Set(ends).size], [3, 1]);
      });

      it('its clients in a pool: each connection once, exhaustion, and what is given up', async () => {
        const connectionName = own('pool');
        const create = async () => {
          const redis = client({ connectionName, lazyConnect: true });
          await redis.connect();
          return redis;
        };
        const pool = createPool(
          { create, destroy: (redis) => Promise.resolve(redis.disconnect()) },
          { max: 1, acquireTimeoutMillis: 500 },
        );
        const only = await pool.acquire();
        const refused = assert.rejects(pool.acquire(), { name: 'TimeoutError' });
        const { used, limit, pending } = await poolData(observer, connectionName);
        assert.deepEqual([used, limit, pending], [1, 1, 1]);
        await refused;
        await pool.release(only);
        await pool.drain();
        await pool.clear();
        const { created, timeouts, waited, used_times } = await poolData(observer, connectionName);
        assert.deepEqual([created, timeouts, waited, used_times], [{ '': 1 }, 1, 1, 1]);
      });

      it('a Cluster: ASK, commands, pipelines and transactions are one operation each', async () => {
        const nodes = servers.masters.map(({ host, port }) => ({ host, port }));
        const cluster = new library.Cluster(nodes, { slotsRefreshTimeout: 5000 });
        cluster.on('error', () => undefined);
        connected.push(cluster);
        await until(() => cluster.status === 'ready', 'the cluster is ready');
        const place = await servers.placeOf('{a}');
        await observer.traced(async () => {
          await cluster.set('{a}:1', 'value');
          await cluster.pipeline().get('{a}:1').get('{a}:2').exec();
          await cluster.multi().get('{a}:1').get('{a}:2').exec();
          await servers.migrating(place, () => cluster.get('{a}:3'));
        });
        const shown = observer
          .spans()
          .map((span) => [span.name, span.attributes['network.peer.port'], span.status.code]);
        assert.deepEqual(shown, [
          ['SET {a}:*', place.owner.port, 'UNSET'],
          ['PIPELINE GET {a}:*', place.owner.port, 'UNSET'],
          ['MULTI GET {a}:*', place.owner.port, 'UNSET'],
          ['GET {a}:*', place.other.port, 'UNSET'],
        ]);
        assert.ok(observer.spans().every(({ attributes }) => attributes['server.address'] === servers.target));
      });
    });
  }
});
