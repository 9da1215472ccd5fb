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

/** How many keys a scan asks for at a time. */
export const SCAN_COUNT = 500;

/** The pattern of keys that start with a text. */
export function startingWith(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
}
