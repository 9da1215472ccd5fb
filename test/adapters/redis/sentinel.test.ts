import assert from 'node:assert/strict';
import type * as Library from 'redis';
import { loadVersion } from '../../support/library-versions';
import { observe } from '../observe';
import { assertSeen, traffic } from '../traffic';
import { useSentinel } from '../use-sentinel';

const NEWEST = '6.3.1';

describe('redis: createSentinel over its versions', function () {
  this.timeout(60_000);
  const observer = observe();
  const servers = useSentinel();

  for (const version of ['5.0.0', '5.9.0', '5.12.1', '6.0.0', NEWEST]) {
    describe(`redis ${version}`, () => {
      let sentinel: ReturnType<typeof Library.createSentinel>;
      beforeEach(async () => {
        const { createSentinel } = (await loadVersion('redis', version)) as typeof Library;
        const sentinelRootNodes = servers.sentinels.map(({ host, port }) => ({ host, port }));
        const options = { name: servers.masterName, sentinelRootNodes };
        sentinel = createSentinel(options) as typeof sentinel;
        sentinel.on('error', () => undefined);
        await observer.traced(() => sentinel.connect());
        observer.sdk.reset();
      });
      afterEach(() => sentinel.destroy());

      it('the sentinels are the target, the master is the peer', async () => {
        const parent = await observer.traced(async (own) => {
          await sentinel.set('key', 'value');
          assert.equal(await sentinel.get('key'), 'value');
          return own;
        });
        assert.equal(observer.spans().length, 2);
        for (const { attributes, parentSpanId } of observer.spans()) {
          assert.equal(parentSpanId, parent.spanId);
          assert.equal(attributes['server.address'], servers.target);
          assert.equal(attributes['cache.name'], servers.masterName);
          assert.equal(attributes['network.peer.port'], servers.master.port);
        }
      });

      it('its connections to the master count as its own, those to the sentinels do not', async () => {
        const created = async (): Promise<Record<string, number>> => {
          const points = await observer.points('db.client.connection.create_time');
          return Object.fromEntries(
            points.map(({ attributes, histogram }) => [
              String(attributes['db.client.connection.pool.name']),
              histogram!.count,
            ]),
          );
        };
        const { [servers.masterName]: before = 0, ...others } = await created();
        await sentinel.destroy();
        await sentinel.connect();
        assert.deepEqual(await created(), { ...others, [servers.masterName]: before + 1 });
      });

      it('transactions, pipelines and leased clients', async () => {
        await observer.traced(async () => {
          await sentinel.multi().get('a').get('b').exec();
          await sentinel.multi().get('a').get('b').execAsPipeline();
          await sentinel.use((client) => client.get('a'));
          const lease = await sentinel.acquire();
          await lease.get('b');
          await lease.release();
        });
        const spans = observer.spans();
        assert.deepEqual(
          spans.map(({ attributes }) => attributes['db.operation.name']),
          ['MULTI GET', 'PIPELINE GET', 'GET', 'GET'],
        );
        assert.ok(spans.every(({ attributes }) => attributes['server.address'] === servers.target));
      });

      it('a transaction by hand on a leased client', async () => {
        const parent = await observer.traced(async (own) => {
          await sentinel.use(async (client) => {
            for (const args of [['MULTI'], ['GET', 'a'], ['GET', 'b']]) await client.sendCommand(false, args);
            assert.deepEqual(await client.sendCommand(false, ['EXEC']), [null, null]);
            await client.get('a');
          });
          return own;
        });
        const spans = observer.spans();
        assert.deepEqual(
          spans.map(({ attributes }) => [attributes['db.operation.name'], attributes['cache.hit']]),
          [
            ['MULTI GET', false],
            ['GET', false],
          ],
        );
        for (const { attributes, parentSpanId } of spans) {
          assert.deepEqual([attributes['server.address'], parentSpanId], [servers.target, parent.spanId]);
        }
      });

      it('what has to wait until there is a master begins with its call', async () => {
        await sentinel.destroy();
        const OUTAGE_MS = 100;
        servers.master.pause();
        const waiting = observer.traced(async () => {
          const connected = sentinel.connect();
          await Promise.all([sentinel.get('waiting:1'), sentinel.multi().get('a').get('b').exec(), connected]);
        });
        await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
        servers.master.resume();
        await waiting;
        assert.deepEqual(
          observer
            .spans()
            .map(({ name }) => name)
            .sort(),
          ['GET waiting:*', `MULTI GET ${servers.target}`],
        );
        for (const { durationMs } of observer.spans()) assert.ok(durationMs >= OUTAGE_MS * 0.9, `${durationMs} ms`);
      });

      it('what there is no client for, as all of them are closed or given back: failed operations', async () => {
        const lease = await sentinel.acquire();
        await lease.release();
        await sentinel.destroy();
        await observer.traced(async () => {
          await assert.rejects(sentinel.get('closed:1'));
          await assert.rejects(sentinel.sendCommand(true, ['GET', 'raw:1']));
          await assert.rejects(sentinel.multi().set('a', '1').get('b').exec());
          await assert.rejects(lease.get('given-back:1'));
        });
        const shown = observer.spans().map(({ name, status, attributes }) => {
          return [name, status.code, attributes['cache.name'], attributes['network.peer.port']];
        });
        const failed = ['ERROR', servers.masterName, undefined];
        assert.deepEqual(
          shown,
          ['GET closed:*', 'GET raw:*', `MULTI ${servers.target}`, 'GET given-back:*'].map((name) => [name, ...failed]),
        );
      });

      if (Number.parseInt(version) >= 6)
        it('duplicate: the same target and name, unless it is given others', async () => {
          const own = sentinel.duplicate();
          const copies = [own, own.duplicate({ nodeClientOptions: { name: 'copy' } })];
          try {
            for (const copy of copies) {
              copy.on('error', () => undefined);
              await copy.connect();
              await observer.traced(() => copy.get('a'));
            }
          } finally {
            for (const copy of copies) void copy.destroy();
          }
          const shown = observer
            .spans()
            .map(({ attributes }) => [attributes['server.address'], attributes['cache.name']]);
          assert.deepEqual(shown, [
            [servers.target, servers.masterName],
            [servers.target, 'copy'],
          ]);
        });

      if (version === NEWEST)
        it('a failover in the middle of traffic loses no span and invents none', async () => {
          const seen = await traffic(
            observer,
            (index) => sentinel.set('key', String(index)),
            () => servers.failover(),
          );
          const spans = await assertSeen(observer, seen);
          const peers = spans.map(({ attributes }) => attributes['network.peer.port']);
          assert.deepEqual([...new Set(peers)], [servers.master.port, servers.replica.port]);
          assert.equal(peers.at(-1), servers.replica.port);
          const created = await observer.points('db.client.connection.create_time');
          const pools = created.map(({ attributes }) => String(attributes['db.client.connection.pool.name']));
          assert.deepEqual(
            pools.filter((pool) => pool.includes(':')),
            [],
            'none has the name of a node',
          );
        });
    });
  }
});
