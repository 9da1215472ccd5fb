import assert from 'node:assert/strict';
import { Cluster, type ClusterOptions } from 'ioredis';
import { until } from '../../support/children';
import { observe } from '../observe';
import { assertSeen, traffic } from '../traffic';
import { callsOf, failOver, useCluster } from '../use-cluster';

describe('ioredis: a Cluster with replicas', () => {
  const observer = observe();
  const servers = useCluster({ replicas: 3 });

  async function connect(options: ClusterOptions = {}): Promise<Cluster> {
    const nodes = servers.masters.map(({ host, port }) => ({ host, port }));
    const cluster = servers.closing(
      new Cluster(nodes, { slotsRefreshTimeout: 5000, retryDelayOnFailover: 20, ...options }),
      (one) => one.disconnect(),
    );
    cluster.on('error', () => undefined);
    await until(() => cluster.status === 'ready', 'the cluster is ready');
    return cluster;
  }

  it('reads that replicas answer: the configured nodes are the target, the replica is the peer', async () => {
    const cluster = await connect({ scaleReads: 'slave' });
    const KEYS = Array.from({ length: 30 }, (_, index) => `read:${index}`);
    const before = await Promise.all(servers.nodes.map((node) => callsOf(node, 'get')));
    await observer.traced(() => Promise.all(KEYS.map((key) => cluster.get(key))));
    const after = await Promise.all(servers.nodes.map((node) => callsOf(node, 'get')));
    const answered = servers.nodes.map(
      ({ port }) => observer.spans().filter(({ attributes }) => attributes['network.peer.port'] === port).length,
    );
    assert.deepEqual(
      answered,
      after.map((calls, index) => calls - before[index]!),
    );
    assert.deepEqual(answered.slice(0, 3), [0, 0, 0]);
    assert.ok(observer.spans().every(({ attributes }) => attributes['server.address'] === servers.target));
    assert.equal(observer.spans().length, KEYS.length);
  });

  it('a failover in the middle of traffic loses no span and invents none', async function () {
    this.timeout(60_000);
    const cluster = await connect({ redisOptions: { connectionName: 'handed-over' } });
    const [master, replica] = [servers.masters[0]!, servers.replicas[0]!];
    const key = await servers.keyOn(master);
    const seen = await traffic(
      observer,
      (index) => cluster.set(key, index),
      () => failOver(replica),
    );
    const peers = (await assertSeen(observer, seen)).map(({ attributes }) => attributes['network.peer.port']);
    assert.deepEqual([seen.failed, peers[0], peers.at(-1)], [0, master.port, replica.port]);
  });

  it('so does a master that is killed', async function () {
    this.timeout(60_000);
    const cluster = await connect({ redisOptions: { connectionName: 'killed' } });
    const [master, replica] = [servers.masters[1]!, servers.replicas[1]!];
    const key = await servers.keyOn(master);
    const seen = await traffic(
      observer,
      (index) => cluster.set(key, index),
      () => master.stop(),
    );
    const spans = await assertSeen(observer, seen);
    assert.equal(spans.at(-1)!.attributes['network.peer.port'], replica.port);
    assert.ok(seen.failed > 0 || spans.some(({ durationMs }) => durationMs > 500), 'it was felt');
  });
});
