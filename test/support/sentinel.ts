import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, removeFolder, startAll, temporaryFolder, until } from './children';
import { freePort, LOOPBACK, startProcess, startRedis, type RedisServer } from './redis-server';
import { call, type Address } from './resp';

export interface SentinelSet {
  /** The name that clients ask the sentinels for. */
  readonly masterName: string;
  readonly sentinels: readonly Address[];
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** Makes the replica the master, and waits until the sentinels agree. */
  failover(): Promise<void>;
  stop(): Promise<void>;
}

interface Sentinel extends Address {
  stop(): Promise<void>;
}

const MASTER_NAME = 'cache-master';

async function startOne(master: Address): Promise<Sentinel> {
  const port = await freePort();
  const folder = temporaryFolder();
  const file = join(folder, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    `bind ${LOOPBACK}`,
    `dir ${folder}`,
    `sentinel monitor ${MASTER_NAME} ${master.host} ${master.port} 2`,
    `sentinel down-after-milliseconds ${MASTER_NAME} 1000`,
    `sentinel failover-timeout ${MASTER_NAME} 3000`,
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  const address = { host: LOOPBACK, port };
  const isReady = async (): Promise<boolean> => (await call(address, 'PING')) === 'PONG';
  const child = await startProcess('redis-server', [file, '--sentinel'], isReady);
  const stop = async (): Promise<void> => {
    await end(child);
    removeFolder(folder);
  };
  return { ...address, stop };
}

/** Sentinels tell each other of themselves, and ask the servers, far more often than by default; only Redis 7 knows how. */
async function hurry(sentinel: Address): Promise<void> {
  const periods = ['INFO-PERIOD', 200, 'PING-PERIOD', 200, 'PUBLISH-PERIOD', 200, 'ASK-PERIOD', 200];
  await call(sentinel, 'SENTINEL', 'DEBUG', ...periods).catch(() => undefined);
}

/**
 * Four of these periods long a sentinel bears with a replica that says it is the master; then it makes it a replica again. After a
 * failover, one that hears of it late would take it back. The default, in milliseconds.
 */
async function bePatient(sentinel: Address): Promise<void> {
  await call(sentinel, 'SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', 2000).catch(() => undefined);
}

/** What a sentinel knows of the master, as an object. */
async function known(sentinel: Address): Promise<Record<string, string>> {
  const flat = (await call(sentinel, 'SENTINEL', 'MASTER', MASTER_NAME)) as string[];
  return Object.fromEntries(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]!]] : [])));
}

async function settled(sentinels: readonly Address[]): Promise<void> {
  for (const sentinel of sentinels) {
    await until(async () => {
      const state = await known(sentinel);
      return state['num-other-sentinels'] === String(sentinels.length - 1) && state['num-slaves'] === '1';
    }, `sentinel ${sentinel.port} knows the others and the replica`);
  }
}

async function promote(sentinels: readonly Address[], replica: RedisServer): Promise<void> {
  // Refused as long as the replica is not known to be a good one.
  await until(() => call(sentinels[0]!, 'SENTINEL', 'FAILOVER', MASTER_NAME), 'the failover starts');
  for (const sentinel of sentinels) {
    const isNew = async (): Promise<boolean> => (await known(sentinel))['port'] === String(replica.port);
    await until(isNew, `sentinel ${sentinel.port} names the new master`);
  }
}

/** Starts a master, its replica and sentinels that watch them; ready when every sentinel knows all the others. */
export async function startSentinel({ sentinels: count = 3 } = {}): Promise<SentinelSet> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(started.map((one) => one.stop())));
  try {
    const master = await startRedis({});
    started.push(master);
    const replica = await startRedis({ args: ['--replicaof', `${master.host} ${master.port}`] });
    started.push(replica);
    const inStep = async (): Promise<boolean> =>
      String(await replica.call('INFO', 'replication')).includes('master_link_status:up');
    await until(inStep, 'the replica is in step');
    const sentinels = await startAll(Array.from({ length: count }, () => startOne(master)));
    started.push(...sentinels);
    await Promise.all(sentinels.map(hurry));
    await settled(sentinels);
    await Promise.all(sentinels.map(bePatient));
    return { masterName: MASTER_NAME, sentinels, master, replica, failover: () => promote(sentinels, replica), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
