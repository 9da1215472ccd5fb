import { startRedisCluster, type RedisCluster, type RedisServer } from '../support/servers';
import { until } from '../support/children';
import type { Address } from '../support/resp';

export interface Place {
  readonly slot: number;
  readonly owner: RedisServer;
  readonly other: RedisServer;
}

export interface TestCluster extends RedisCluster {
  /** The masters, as `host:port` in a list: what a client is configured with. */
  readonly target: string;
  /** The slot of a key, the master that serves it now, and another one. */
  placeOf(key: string): Promise<Place>;
  /** A key that a master serves now. */
  keyOn(master: RedisServer): Promise<string>;
  /** Has the slot of a key half on its way to another node while the test does something. */
  migrating(place: Place, use: () => Promise<unknown>): Promise<void>;
  /** Has the slot of a key nowhere while the test does something. */
  unassigned(place: Place, use: () => Promise<unknown>): Promise<void>;
  /** Closes a client after the test. */
  closing<T>(client: T, close: (client: T) => unknown): T;
}

/** Call it in a `describe`: a cluster of its own, whose nodes are empty before each test. */
export function useCluster(options: { replicas?: number } = {}): TestCluster {
  let closes: (() => unknown)[] = [];
  const cluster = {
    placeOf: (key) => placeOf(cluster.nodes, key),
    keyOn: (master) => keyOn(cluster.nodes, master),
    migrating,
    unassigned,
    closing: (client, close) => {
      closes.push(() => close(client));
      return client;
    },
  } as TestCluster;
  before(async function () {
    this.timeout(60_000);
    const servers = await startRedisCluster(options);
    Object.assign(cluster, servers, { target: addresses(servers.masters) });
  });
  beforeEach(async () => {
    // Replicas refuse, and a node may be gone.
    for (const node of cluster.nodes) await node.call('FLUSHALL').catch(() => undefined);
  });
  afterEach(async () => {
    for (const close of closes) await close();
    closes = [];
  });
  after(() => cluster.stop());
  return cluster;
}

/** As `server.address` has it. */
export function addresses(nodes: readonly Address[]): string {
  return nodes.map(({ host, port }) => `${host}:${port}`).join(',');
}

async function isMaster(node: RedisServer): Promise<boolean> {
  return String(await node.call('INFO', 'replication')).includes('role:master');
}

async function placeOf(nodes: readonly RedisServer[], key: string): Promise<Place> {
  const slot = Number(await nodes[0]!.call('CLUSTER', 'KEYSLOT', key));
  type Range = [first: number, last: number, master: [host: string, port: number]];
  const ranges = (await nodes[0]!.call('CLUSTER', 'SLOTS')) as never as Range[];
  const masters = [...ranges]
    .sort(([first, last]) => (first <= slot && slot <= last ? -1 : 1))
    .map(([, , [, port]]) => nodes.find((node) => node.port === port)!);
  const [owner] = masters;
  return { slot, owner: owner!, other: masters.find((master) => master !== owner)! };
}

async function keyOn(nodes: readonly RedisServer[], master: RedisServer): Promise<string> {
  for (let index = 0; ; index++) {
    const key = `key:${index}`;
    if ((await placeOf(nodes, key)).owner === master) return key;
  }
}

async function idOf(node: RedisServer): Promise<string> {
  return String(await node.call('CLUSTER', 'MYID'));
}

async function migrating({ slot, owner, other }: Place, use: () => Promise<unknown>): Promise<void> {
  await other.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(owner));
  await owner.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(other));
  try {
    await use();
  } finally {
    for (const node of [owner, other]) await node.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
  }
}

async function unassigned({ slot, owner }: Place, use: () => Promise<unknown>): Promise<void> {
  const isUp = async (): Promise<boolean> => String(await owner.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
  await owner.call('CLUSTER', 'DELSLOTS', slot);
  await until(async () => !(await isUp()), 'the cluster is down');
  try {
    await use();
  } finally {
    await owner.call('CLUSTER', 'ADDSLOTS', slot);
    await until(isUp, 'the cluster is up again');
  }
}

/** How often a server has answered with an error of this kind. */
export async function errorsOf(server: RedisServer, prefix: string): Promise<number> {
  const info = String(await server.call('INFO', 'errorstats'));
  return Number(new RegExp(`errorstat_${prefix}:count=(\\d+)`).exec(info)?.[1] ?? 0);
}

/** How often a server has carried out a command. */
export async function callsOf(server: RedisServer, command: string): Promise<number> {
  const info = String(await server.call('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
}

/** A cluster gives a failover up, and says nothing, when its nodes do not agree within this time. */
const FAILOVER_MS = 5000;

/** Makes a replica the master, without a loss. */
export async function failOver(replica: RedisServer): Promise<void> {
  const inStep = async (): Promise<boolean> =>
    String(await replica.call('INFO', 'replication')).includes('master_link_status:up');
  await until(inStep, 'the replica is in step');
  for (let attempt = 1; ; attempt++) {
    await replica.call('CLUSTER', 'FAILOVER');
    try {
      await until(() => isMaster(replica), 'the replica is the master', FAILOVER_MS);
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}
