import { setTimeout as passes } from 'node:timers/promises';
import type { Stored } from './codec';
import { type Connection, keepListening, whileOpen } from './listening';
import { type RedisClient, SCAN_COUNT, startingWith, type Subscription } from './redis-client';

/** As much of redis (4 to 6) as is used: a client, a pool, a cluster or a sentinel. */
export interface NodeRedisLike {
  get(...args: unknown[]): Promise<Stored | null>;
  mGet(...args: unknown[]): Promise<(Stored | null)[]>;
  set(key: string, value: Stored, options?: object): Promise<unknown>;
  del(keys: string | readonly string[]): Promise<number>;
  pTTL(key: string): Promise<number>;
  pExpireAt(key: string, time: number): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  scan(cursor: unknown, options: object): Promise<{ cursor: unknown; keys: string[] }>;
  publish(channel: string, message: string): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  multi(): { set(key: string, value: Stored, options?: object): unknown; execAsPipeline(): Promise<unknown[]> };
  /** Absent in pools, whose clients have it. */
  duplicate?(): NodeRedisLike;
  /** Pools. */
  execute?<T>(use: (client: NodeRedisLike) => T): Promise<T>;
  /** Sentinels. */
  acquire?(): unknown;
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  /** 5 and later; in 4 it is `disconnect`. */
  destroy?(): void;
  disconnect(): Promise<void>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  /** 5 and later. */
  withTypeMapping?(mapping: Record<number, unknown>): NodeRedisLike;
  /** 4. */
  commandOptions?(options: object): unknown;
  /** Clusters; the others have it with other parameters. */
  sendCommand?(firstKey: string, isReadonly: boolean, args: readonly string[]): Promise<unknown>;
  readonly masters?: readonly object[];
  /** Clusters: what they listen over at this time; in 4 the client is a promise. */
  readonly pubSubNode?: { readonly client: Connection | Promise<Connection> };
  nodeClient?(node: object): NodeRedisLike | Promise<NodeRedisLike>;
}

/** From 5.9 on. */
const OF_CLUSTERS = { opened: 'connect', closed: 'disconnect' };
const OF_OTHERS = { opened: 'ready', closed: 'end' };

/** How often it is looked whether a pool has been connected, which it does not announce, in milliseconds. */
const LOOK = 50;

/** RESP's type of the replies that are values. */
const BLOB_STRING = 36;

export function nodeRedisClient(client: NodeRedisLike, isBinary: boolean): RedisClient {
  const isCluster = client.masters !== undefined;
  const reading =
    isBinary && client.withTypeMapping !== undefined ? client.withTypeMapping({ [BLOB_STRING]: Buffer }) : client;
  let options: unknown[] | undefined = isBinary && reading === client ? undefined : [];
  const get = async (key: string): Promise<Stored | null> =>
    reading.get(...(options ??= await returningBuffers(client)), key);
  const set = (key: string, value: Stored, ttl: number | undefined): Promise<unknown> =>
    client.set(key, value, ttl === undefined ? undefined : { PX: ttl });
  return {
    isCluster,
    isOneConnection: !isCluster && client.execute === undefined && client.acquire === undefined,
    hasPrefix: false,
    get,
    set,
    mget: async (keys) => {
      if (isCluster) return Promise.all(keys.map(get));
      return reading.mGet(...(options ??= await returningBuffers(client)), keys);
    },
    setMany: async (entries) => {
      if (isCluster) return Promise.all(entries.map((entry) => set(...entry)));
      const batch = client.multi();
      for (const [key, value, ttl] of entries) {
        batch.set(key, value, ttl === undefined ? undefined : { PX: ttl });
      }
      return batch.execAsPipeline();
    },
    del: async (keys) => {
      if (!isCluster) return client.del(keys);
      const counts = await Promise.all(keys.map((key) => client.del(key)));
      return counts.reduce((total, count) => total + count, 0);
    },
    pttl: (key) => client.pTTL(key),
    pexpireat: (key, time) => client.pExpireAt(key, time),
    eval: (script, keys, ...args) => {
      if (!isCluster || client.withTypeMapping !== undefined) {
        return client.eval(script, { keys: [...keys], arguments: args });
      }
      // Clusters of 4 do not find the keys of EVAL: they ask any node, and are redirected until they give up.
      return client.sendCommand!(keys[0]!, false, ['EVAL', script, String(keys.length), ...keys, ...args]);
    },
    scan: (prefix) => scan(client, prefix),
    publish: (channel, message) => client.publish(channel, message),
    subscribe: whileOpen(client, isCluster ? OF_CLUSTERS : OF_OTHERS, (...args) => subscribe(client, ...args)),
  };
}

function subscribe(
  client: NodeRedisLike,
  channel: string,
  onMessage: (message: string) => void,
  onReturn: () => void,
): Subscription {
  let subscriber: NodeRedisLike | undefined;
  let isStopped = false;
  const stop = async (): Promise<void> => {
    isStopped = true;
    // It may have been stopped already, and to end it twice is an error.
    if (subscriber?.isOpen !== true) return;
    if (subscriber.destroy === undefined) await subscriber.disconnect();
    else subscriber.destroy();
  };
  const begin = async (): Promise<void> => {
    // Until it is connected, a pool has no clients that could be asked for another.
    while (client.execute !== undefined && !client.isOpen && !isStopped) await passes(LOOK, undefined, { ref: false });
    if (isStopped) return;
    const made = client.duplicate?.() ?? (await client.execute!((one) => one.duplicate!()));
    if (isStopped) return;
    subscriber = made;
    // It tries again by itself.
    made.on('error', () => undefined);
    await made.connect();
    const ask = async (): Promise<Connection | undefined> => {
      await made.subscribe(channel, onMessage);
      return made.masters === undefined ? made : made.pubSubNode?.client;
    };
    await keepListening(ask, onReturn, () => isStopped);
  };
  return { begun: begin(), stop };
}

/** In version 4, of whose clusters only the nodes' clients can say it. */
async function returningBuffers(client: NodeRedisLike): Promise<unknown[]> {
  const one = client.commandOptions === undefined ? await client.nodeClient!(client.masters![0]!) : client;
  return [one.commandOptions!({ returnBuffers: true })];
}

async function* scan(client: NodeRedisLike, prefix: string): AsyncIterable<readonly string[]> {
  for (const master of client.masters ?? [undefined]) {
    const node = master === undefined ? client : await client.nodeClient!(master);
    // 4 and 5 differ in the type of the cursor, and each takes what it gave.
    let cursor: unknown = node.withTypeMapping === undefined ? 0 : '0';
    do {
      const page = await node.scan(cursor, { MATCH: startingWith(prefix), COUNT: SCAN_COUNT });
      yield page.keys;
      cursor = page.cursor;
    } while (String(cursor) !== '0');
  }
}
