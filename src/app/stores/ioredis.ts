import type { Stored } from './codec';
import { type Connection, keepListening, whileOpen } from './listening';
import { type RedisClient, SCAN_COUNT, startingWith, type Subscription } from './redis-client';

/** As much of ioredis (4 to 6) and iovalkey as is used. */
export interface IORedisLike {
  readonly isCluster?: boolean;
  readonly options: { readonly keyPrefix?: string };
  get(key: string): Promise<string | null>;
  getBuffer(key: string): Promise<Uint8Array | null>;
  mget(keys: readonly string[]): Promise<(string | null)[]>;
  mgetBuffer(keys: readonly string[]): Promise<(Uint8Array | null)[]>;
  set(key: string, value: Stored, ...options: (string | number)[]): Promise<unknown>;
  /** Keys in an array, for a call takes some 100,000 arguments only. */
  del(keys: string | readonly string[]): Promise<number>;
  pttl(key: string): Promise<number>;
  pexpireat(key: string, time: number): Promise<unknown>;
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>;
  scan(cursor: string, ...options: (string | number)[]): Promise<[string, string[]]>;
  publish(channel: string, message: string): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  pipeline(commands: unknown[][]): { exec(): Promise<[Error | null, unknown][] | null> };
  duplicate(...options: object[]): IORedisLike;
  disconnect(): void;
  on(event: string, listener: (...args: never[]) => void): unknown;
  nodes?(role: 'master'): IORedisLike[];
  /** Clusters: what they listen by, and the connection that it has at this time. */
  readonly subscriber?: { getInstance?(): Connection | null };
}

export function ioredisClient(client: IORedisLike, isBinary: boolean): RedisClient {
  const isCluster = client.isCluster === true;
  const get = (key: string): Promise<Stored | null> => (isBinary ? client.getBuffer(key) : client.get(key));
  const set = (key: string, value: Stored, ttl: number | undefined): Promise<unknown> =>
    ttl === undefined ? client.set(key, value) : client.set(key, value, 'PX', ttl);
  return {
    isCluster,
    isOneConnection: !isCluster,
    hasPrefix: (client.options.keyPrefix ?? '') !== '',
    get,
    set,
    mget: (keys) => {
      if (isCluster) return Promise.all(keys.map(get));
      return isBinary ? client.mgetBuffer(keys) : client.mget(keys);
    },
    setMany: async (entries) => {
      if (isCluster) return Promise.all(entries.map((entry) => set(...entry)));
      const commands = entries.map(([key, value, ttl]) => [
        'set',
        key,
        value,
        ...(ttl === undefined ? [] : ['PX', ttl]),
      ]);
      const replies = (await client.pipeline(commands).exec()) ?? [];
      for (const [error] of replies) if (error !== null) throw error;
      return undefined;
    },
    del: async (keys) => {
      if (!isCluster) return client.del(keys);
      return sum(await Promise.all(keys.map((key) => client.del(key))));
    },
    pttl: (key) => client.pttl(key),
    pexpireat: (key, time) => client.pexpireat(key, time),
    eval: (script, keys, ...args) => client.eval(script, keys.length, ...keys, ...args),
    scan: (prefix) => scan(client, prefix),
    publish: (channel, message) => client.publish(channel, message),
    subscribe: whileOpen(client, { opened: 'ready', closed: 'end' }, (...args) => subscribe(client, ...args)),
  };
}

function subscribe(
  client: IORedisLike,
  channel: string,
  onMessage: (message: string) => void,
  onReturn: () => void,
): Subscription {
  // However the application wants its own commands to fail: to listen is to wait for the server, and to come back to it.
  const waits = { enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: true };
  const subscriber = client.isCluster === true ? client.duplicate([], waits) : client.duplicate(waits);
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    subscriber.disconnect();
  };
  // It tries again by itself.
  subscriber.on('error', () => undefined);
  subscriber.on('message', (_channel: string, message: string) => {
    onMessage(message);
  });
  const ask = async (): Promise<Connection> => {
    await subscriber.subscribe(channel);
    return subscriber.subscriber?.getInstance?.() ?? subscriber;
  };
  return { begun: keepListening(ask, onReturn, () => isStopped), stop };
}

async function* scan(client: IORedisLike, prefix: string): AsyncIterable<readonly string[]> {
  // SCAN does not know of the client's own prefix, and tells keys with it.
  const { keyPrefix = '' } = client.options;
  for (const node of client.nodes?.('master') ?? [client]) {
    let cursor = '0';
    do {
      const [next, keys] = await node.scan(cursor, 'MATCH', startingWith(keyPrefix + prefix), 'COUNT', SCAN_COUNT);
      yield keys.map((key) => key.slice(keyPrefix.length));
      cursor = next;
    } while (cursor !== '0');
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
