import { startAll, until } from './children';
import { freePort, startRedis, type RedisServer } from './redis-server';

const SLOTS = 16_384;

export interface RedisCluster {
  readonly masters: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];
  /** Masters and replicas. */
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

async function startNode(): Promise<RedisServer> {
  const busPort = await freePort();
  const args = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '2000'];
  // A replica is in the slot map only once it has received something; the master's next ping would come after 10 s.
  args.push('--repl-ping-replica-period', '1');
  return startRedis({ args: [...args, '--cluster-port', String(busPort)] });
}

async function busPort(node: RedisServer): Promise<number> {
  const [, value] = (await node.call('CONFIG', 'GET', 'cluster-port')) as string[];
  return Number(value);
}

/** Tells every node its slots and makes all of them known to each other. */
async function meet(masters: readonly RedisServer[], nodes: readonly RedisServer[]): Promise<void> {
  const share = Math.ceil(SLOTS / masters.length);
  for (const [index, master] of masters.entries()) {
    const last = Math.min((index + 1) * share, SLOTS) - 1;
    await master.call('CLUSTER', 'ADDSLOTSRANGE', index * share, last);
  }
  for (const [index, node] of nodes.entries()) await node.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  const [first, ...others] = nodes;
  for (const other of others) await other.call('CLUSTER', 'MEET', first!.host, first!.port, await busPort(first!));
  await everywhere(nodes, 'all nodes know each other', async (node) => {
    const lines = String(await node.call('CLUSTER', 'NODES'))
      .trim()
      .split('\n');
    return lines.length === nodes.length && !lines.some((line) => line.includes('handshake'));
  });
}

async function everywhere(
  nodes: readonly RedisServer[],
  what: string,
  check: (node: RedisServer) => Promise<boolean>,
): Promise<void> {
  await Promise.all(nodes.map((node) => until(() => check(node), `${what} (node ${node.port})`)));
}

async function form(masters: readonly RedisServer[], replicas: readonly RedisServer[]): Promise<void> {
  const nodes = [...masters, ...replicas];
  await meet(masters, nodes);
  for (const [index, replica] of replicas.entries()) {
    const id = String(await masters[index % masters.length]!.call('CLUSTER', 'MYID'));
    await replica.call('CLUSTER', 'REPLICATE', id);
  }
  await everywhere(nodes, 'cluster_state:ok', async (node) =>
    String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );
  await everywhere(replicas, 'the replica is in step', async (node) =>
    String(await node.call('INFO', 'replication')).includes('master_link_status:up'),
  );
  await everywhere(nodes, 'the slot map names every node', async (node) => {
    const ranges = (await node.call('CLUSTER', 'SLOTS')) as unknown[][];
    // A range is: first slot, last slot, master, replicas.
    return ranges.reduce((count, range) => count + range.length - 2, 0) === nodes.length;
  });
}

/** Starts a Redis Cluster; ready when every node serves, replicas are in step, and all know the whole slot map. */
export async function startRedisCluster({ masters = 3, replicas = 0 } = {}): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    nodes.push(...(await startAll(Array.from({ length: masters + replicas }, () => startNode()))));
    const cluster = { nodes, masters: nodes.slice(0, masters), replicas: nodes.slice(masters), stop };
    await form(cluster.masters, cluster.replicas);
    return cluster;
  } catch (error) {
    await stop();
    throw error;
  }
}
