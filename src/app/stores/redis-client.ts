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
   * @param onReady the connection is there, again where it was lost: then messages were missed
   */
  subscribe(channel: string, onMessage: (message: string) => void, onReady: () => void): Subscription;
}

export interface Subscription {
  /** Resolves when it listens. */
  readonly begun: Promise<unknown>;
  /** Ends it, whether it has begun or not. */
  stop(): unknown;
}

interface Ending {
  on(event: 'end', listener: () => void): unknown;
}

const stopsOf = new WeakMap<Ending, Set<() => unknown>>();

/**
 * Calls when a client is closed. One listener for all: Node warns of more than ten, and an application may well have as many caches.
 * @returns how not to be called any more
 */
export function atEndOf(client: Ending, stop: () => unknown): () => void {
  const stops = stopsOf.get(client) ?? listenToEnd(client);
  stops.add(stop);
  return () => stops.delete(stop);
}

function listenToEnd(client: Ending): Set<() => unknown> {
  const stops = new Set<() => unknown>();
  stopsOf.set(client, stops);
  client.on('end', () => {
    for (const stop of [...stops]) void stop();
  });
  return stops;
}

/** How many keys a scan asks for at a time. */
export const SCAN_COUNT = 500;

/** The pattern of keys that start with a text. */
export function startingWith(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
}
