import assert from 'node:assert/strict';
import type * as Library from 'redis';
import { until } from '../../support/children';
import { loadVersion } from '../../support/library-versions';
import { startRedisCluster } from '../../support/servers';
import { observe } from '../observe';
import { assertSeen, traffic } from '../traffic';
import { addresses, callsOf, failOver, useCluster } from '../use-cluster';

/** By version, the master that is failed over in its tests: each once. */
const VERSIONS = { '4.0.0': undefined, '4.7.1': 0, '5.0.0': 1, '5.12.1': undefined, '6.3.1': 2 };
const NEWEST = '6.3.1';

describe('redis: createCluster over its versions, with replicas', function () {
  this.timeout(60_000);
  const observer = observe();
  const servers = useCluster({ replicas: 3 });

  for (const [version, pair] of Object.entries(VERSIONS)) {
    describe(`redis ${version}`, () => {
      let library: typeof Library;
      before(async () => {
        library = (await loadVersion('redis', version)) as typeof Library;
      });

      async function open(options: object = {}) {
        const rootNodes = servers.nodes.map(({ host, port }) => ({ socket: { host, port } }));
        const cluster = library.createCluster({ rootNodes, ...options });
        cluster.on('error', () => undefined);
        await cluster.connect();
        return cluster;
      }

      type TestCluster = Awaited<ReturnType<typeof open>>;
      const close = (cluster: TestCluster) => (version.startsWith('4') ? cluster.disconnect() : cluster.destroy());
      const connect = async (options?: object) => servers.closing(await open(options), close);

      const ports = () => observer.spans().map(({ attributes }) => attributes['network.peer.port']);

      it('commands, transactions and pipelines: one operation each, answered by the node that has the key', async () => {
        const cluster = await connect();
        await observer.traced(async () => {
          await cluster.set('{a}:1', 'value');
          assert.equal(await cluster.get('{a}:1'), 'value');
          await cluster.multi().get('{a}:1').get('{a}:2').exec();
          await cluster.multi().get('{a}:1').get('{a}:2').execAsPipeline();
          await cluster.lPush('{a}:1', 'x').catch(() => undefined);
        });
        const shown = observer.spans().map(({ name, status, attributes }) => {
          return [name, status.code, attributes['cache.hits'] ?? attributes['cache.hit']];
        });
        assert.deepEqual(shown, [
          ['SET {a}:*', 'UNSET', undefined],
          ['GET {a}:*', 'UNSET', true],
          ['MULTI GET {a}:*', 'UNSET', 1],
          ['PIPELINE GET {a}:*', 'UNSET', 1],
          ['LPUSH {a}:*', 'ERROR', undefined],
        ]);
        assert.deepEqual(ports(), Array(5).fill((await servers.placeOf('{a}')).owner.port));
        const target = addresses(servers.nodes);
        assert.ok(observer.spans().every(({ attributes }) => attributes['server.address'] === target));
      });

      it('what no node is found for: failed operations', async () => {
        const cluster = await open();
        await close(cluster);
        const isSeen = version !== '5.0.0';
        await observer.traced(async () => {
          // In 5.0 the command of such a call is known to the library alone.
          if (isSeen) await assert.rejects(cluster.get('closed:1'));
          await assert.rejects(cluster.multi().get('{a}:1').get('{a}:2').exec());
          await assert.rejects(cluster.multi().get('{a}:1').get('{a}:2').execAsPipeline());
          await assert.rejects(cluster.multi().set('{a}:1', '1').exec(true));
        });
        const shown = observer.spans().map(({ name, status, attributes }) => {
          return [name, status.code, attributes['server.address']];
        });
        const names = ['GET closed:*', 'MULTI GET {a}:*', 'PIPELINE GET {a}:*', 'SET {a}:*'].slice(isSeen ? 0 : 1);
        assert.deepEqual(
          shown,
          names.map((name) => [name, 'ERROR', addresses(servers.nodes)]),
        );
      });

      // From 6 on, what has no key goes to any node, whatever key it is sent with.
      if (version !== NEWEST)
        it('a transaction by hand, with a pipeline within it: one operation', async () => {
          const cluster = await connect();
          const send = (...args: string[]) => cluster.sendCommand('{hand}', false, args);
          const answers: unknown[] = [];
          await observer.traced(async () => {
            for (const args of [['MULTI'], ['SET', '{hand}:1', 'xyz']]) answers.push(await send(...args));
            answers.push(await cluster.multi().get('{hand}:1').get('{hand}:2').execAsPipeline());
            answers.push(await cluster.get('{hand}:1'), await send('EXEC'));
          });
          assert.deepEqual(answers.slice(-1), [['OK', 'xyz', null, 'xyz']]);
          const { name, attributes } = observer.span();
          assert.equal(name, 'MULTI {hand}:*');
          assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [2, 1]);
          assert.deepEqual(ports(), [(await servers.placeOf('{hand}')).owner.port]);
          assert.equal(attributes['server.address'], addresses(servers.nodes));
        });

      it('ASK: one operation; TRYAGAIN and CLUSTERDOWN, which the client hands on: one failed operation', async () => {
        const cluster = await connect();
        const place = await servers.placeOf('{half}');
        await cluster.set('{half}:1', 'value');
        await observer.traced(async () => {
          await servers.migrating(place, async () => {
            assert.equal(await cluster.get('{half}:3'), null);
            await assert.rejects(cluster.mGet(['{half}:1', '{half}:2']), /TRYAGAIN/);
          });
          await servers.unassigned(place, () => assert.rejects(cluster.get('{half}:1'), /CLUSTERDOWN/));
        });
        const shown = observer.spans().map(({ attributes }) => [attributes['error.type'], attributes['cache.hit']]);
        assert.deepEqual(shown, [
          [undefined, false],
          ['TRYAGAIN', undefined],
          ['CLUSTERDOWN', undefined],
        ]);
        assert.deepEqual(ports(), [place.other.port, place.owner.port, place.owner.port]);
      });

      it('reads that replicas answer: the node that answered is the peer', async () => {
        const cluster = await connect({ useReplicas: true, minimizeConnections: true });
        const keys = Array.from({ length: 60 }, (_, index) => `read:${index}`);
        const calls = () => Promise.all(servers.nodes.map((node) => callsOf(node, 'get')));
        const before = await calls();
        await observer.traced(() => Promise.all(keys.map((key) => cluster.get(key))));
        const answered = (await calls()).map((count, index) => count - before[index]!);
        assert.deepEqual(
          servers.nodes.map(({ port }) => ports().filter((one) => one === port).length),
          answered,
        );
        assert.ok(answered.filter((count) => count > 0).length > 3, `replicas have answered too: ${answered.join()}`);
        assert.equal(observer.spans().length, keys.length);
      });

      if (pair !== undefined)
        it('a failover in the middle of traffic loses no span and invents none', async () => {
          const name = `handed-over-${version}`;
          const cluster = await connect({ defaults: { name } });
          const [master, replica] = [servers.masters[pair]!, servers.replicas[pair]!];
          const key = await servers.keyOn(master);
          const seen = await traffic(
            observer,
            (index) => cluster.set(key, String(index)),
            () => failOver(replica),
          );
          await assertSeen(observer, seen);
          assert.deepEqual([seen.failed, ports()[0], ports().at(-1)], [0, master.port, replica.port]);
        });

      // Earlier versions go on asking a node that is gone, for ever.
      if (version === NEWEST)
        it('so does a master that is killed', async () => {
          const cluster = await connect({ defaults: { name: 'killed' } });
          // They changed places before.
          const [master, replica] = [servers.replicas[1]!, servers.masters[1]!];
          const key = await servers.keyOn(master);
          const seen = await traffic(
            observer,
            (index) => cluster.set(key, String(index)),
            () => master.stop(),
          );
          const spans = await assertSeen(observer, seen);
          assert.equal(ports().at(-1), replica.port);
          assert.ok(seen.failed > 0 || spans.some(({ durationMs }) => durationMs > 500), 'it was felt');
        });
    });
  }

  // Earlier versions than 5.1 go on asking a node that is gone until they are closed, and so does whoever waits for them.
  for (const version of ['4.7.1', '5.0.0']) {
    it(`redis ${version}: what was asked of a master that is killed ends with the client, in one failed operation`, async () => {
      const { nodes, masters, stop } = await startRedisCluster();
      const { error: print } = console;
      let errors = 0;
      try {
        const library = (await loadVersion('redis', version)) as typeof Library;
        const rootNodes = nodes.map(({ host, port }) => ({ socket: { host, port } }));
        const cluster = library.createCluster({ rootNodes });
        cluster.on('error', () => errors++);
        // 5.0 tells of its nodes' errors there only.
        console.error = () => errors++;
        await cluster.connect();
        for (const master of masters) await master.stop();
        await until(() => errors > 0, 'the client has noticed');
        const answer = observer.traced(() => assert.rejects(cluster.get('key:1'), { message: 'Disconnects client' }));
        const asked = errors;
        await until(() => errors > asked, 'the client goes on trying');
        assert.deepEqual(observer.spans(), []);
        await (version.startsWith('4') ? cluster.disconnect() : cluster.destroy());
        await answer;
        const { name, status, attributes } = observer.span();
        assert.deepEqual(
          [name, status.code, attributes['error.type']],
          ['GET key:*', 'ERROR', 'DisconnectsClientError'],
        );
      } finally {
        console.error = print;
        await stop();
      }
    });
  }
});
