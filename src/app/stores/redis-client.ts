import type { Stored } from './codec';

/** The commands that a cache needs, as either client library has them. */
export interface RedisClient {
  /** Keys of one call may be on different nodes. */
  readonly isCluster: boolean;
  /** Commands are done in the order in which they are given. */
  readonly isOneConnection: boolean;
  /** It puts a prefix of its own before every key. */
  readonly hasPrefix: boolean;
  get(key: string): Promise<Stored | null>;
  mget(keys: readonly string[]): Promise<readonly (Stored | null)[]>;
  /** @param ttl milliseconds; undefined: for ever */
  set(key: string, value: Stored, ttl: number | undefined): Promise<unknown>;
  setMany(entries: readonly (readonly [string, Stored, number | undefined])[]): Promise<unknown>;
  del(keys: readonly string[]): Promise<number>;
  /** Milliseconds that a key has left; less than 0: it has no expiry, or is not there. */
  pttl(key: string): Promise<number>;
  /** @param time epoch milliseconds; what is past removes the key */
  pexpireat(key: string, time: number): Promise<unknown>;
  eval(script: string, keys: readonly string[], ...args: string[]): Promise<unknown>;
  /** Pages of keys that start with a prefix, one for each answer. */
  scan(prefix: string): AsyncIterable<readonly string[]>;
  publish(channel: string, message: string): Promise<unknown>;
  /**
   * Listens, over a connection of its own, until the client is closed.
   * @param onReturn it listens again after it did not: messages were missed
   */
  subscribe(channel: string, onMessage: (message: string) => void, onReturn: () => void): Subscription;
}

export interface Subscription {
  /** Resolves when it listens. */
  readonly begun: Promise<unknown>;
  /** Ends it, whether it has begun or not. */
  stop(): unknown;
}

/** By what events a client tells that it is open, and that it is closed. */
interface OpenEvents {
  readonly opened: string;
  readonly closed: string;
}

interface Openable {
  on(event: string, listener: () => void): unknown;
}

interface Watcher {
  opened(): Promise<void>;
  closed(): Promise<void>;
}

const watchersOf = new WeakMap<Openable, Set<Watcher>>();

/**
 * Listens as long as a client is open, and again when it is opened again.
 * @param start begins to listen
 * @param onReturn it listens again
 */
export function whileOpen(
  client: Openable,
  events: OpenEvents,
  start: () => Subscription,
  onReturn: () => void,
): Subscription {
  let current: Subscription | undefined = start();
  const { begun } = current;
  const watcher = {
    opened: async (): Promise<void> => {
      if (current !== undefined) return;
      current = start();
      await current.begun;
      onReturn();
    },
    closed: async (): Promise<void> => {
      const before = current;
      current = undefined;
      await before?.stop();
    },
  };
  const watchers = watchersOf.get(client) ?? watch(client, events);
  watchers.add(watcher);
  const stop = (): Promise<void> => {
    watchers.delete(watcher);
    return watcher.closed();
  };
  return { begun, stop };
}

/** One listener for all: Node warns of more than ten, and an application may well have as many caches. */
function watch(client: Openable, { opened, closed }: OpenEvents): Set<Watcher> {
  const watchers = new Set<Watcher>();
  watchersOf.set(client, watchers);
  client.on(opened, () => {
    for (const watcher of [...watchers]) watcher.opened().catch(() => undefined);
  });
  client.on(closed, () => {
    for (const watcher of [...watchers]) watcher.closed().catch(() => undefined);
  });
  return watchers;
}

/** What a client listens over, such as a connection of a cluster to one of its nodes. */
export interface Connection {
  on(event: 'ready' | 'end', listener: () => void): unknown;
}

/**
 * Listens, and asks again whenever the connection comes back or ends: it may be ready before it listens, and a cluster takes another
 * without telling.
 * @param ask asks for what is to be heard; resolves, when the server has answered, with the connection that it comes over
 * @param onReturn it listens again
 * @returns resolves when it listens
 */
export async function keepListening(
  ask: () => Promise<Connection | undefined>,
  onReturn: () => void,
  isStopped: () => boolean,
): Promise<void> {
  let connection: Connection | undefined;
  const listen = async (): Promise<void> => {
    const now = await ask();
    if (now === connection) return;
    connection = now;
    now?.on('ready', again);
    now?.on('end', again);
  };
  const again = (): void => {
    if (!isStopped()) listen().then(onReturn, () => undefined);
  };
  await listen();
}

/** How many keys a scan asks for at a time. */
export const SCAN_COUNT = 500;

/** The pattern of keys that start with a text. */
export function startingWith(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
}
