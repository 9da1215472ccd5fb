import type { Codec } from './codec';
import type { RedisClient } from './redis-client';
import { Entry, type Locks, type Observed, oneOfMany, type Store, timeLeft } from './store';

// Whether there is a value is asked along with the lock: to read it would be one more lookup that misses.
const ACQUIRE = `local mine = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
local found = KEYS[2] and redis.call('EXISTS', KEYS[2]) or 1
return {mine and 1 or 0, found, not mine and redis.call('GET', KEYS[1])}`;
// The token tells whose lock it is: one that has expired may be another process's by now.
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;
const EXTEND = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;

/** A write that took so many milliseconds is late, and one that took this share of the time that the value is kept. */
const LATE = 500;
const LATE_SHARE = 0.1;

/** Redis or Valkey, through whichever client. */
export class RedisStore implements Store {
  readonly kind = 'redis';
  readonly isLocal = false;
  readonly locks: Locks;

  constructor(
    readonly client: RedisClient,
    private readonly codec: Codec,
    /** Values are to be read with their expiry. */
    private readonly keepsExpiry: boolean,
  ) {
    this.locks = {
      areOrdered: client.isOneConnection,
      acquire: async (key, token, milliseconds) => {
        const keys = client.isCluster && !isByItsLock(key, client) ? [lockOf(key)] : [lockOf(key), key];
        const [mine, found, holder] = (await client.eval(ACQUIRE, keys, token, String(milliseconds))) as unknown[];
        return { isMine: Number(mine) === 1, mayHaveValue: Number(found) !== 0, holder: String(holder) };
      },
      extend: async (key, token, milliseconds) =>
        Number(await client.eval(EXTEND, [lockOf(key)], token, String(milliseconds))) === 1,
      release: async (key, token) => Number(await client.eval(RELEASE, [lockOf(key)], token)) === 1,
      revoke: (keys) => client.del(keys.map(lockOf)),
    };
  }

  async get(key: string, observed: Observed): Promise<Entry | undefined> {
    return this.withExpiry(key, this.codec.decode(await this.client.get(key), observed));
  }

  /** Another program may have written the value: then only the server knows its expiry. */
  private async withExpiry(key: string, entry: Entry | undefined): Promise<Entry | undefined> {
    if (!this.keepsExpiry || entry === undefined || entry.expires !== Infinity) return entry;
    const left = await this.client.pttl(key);
    if (left < 0) return entry;
    const expires = Date.now() + left;
    return new Entry(entry.value, expires, expires);
  }

  async getMany(keys: readonly string[], observed: Observed): Promise<(Entry | undefined)[]> {
    const stored = await this.client.mget(keys);
    const read = (one: unknown, i: number) => this.withExpiry(keys[i]!, this.codec.decode(one, observed));
    return Promise.all(stored.map(async (one, i) => oneOfMany(() => read(one, i), observed)));
  }

  async set(key: string, entry: Entry, observed: Observed): Promise<void> {
    const began = Date.now();
    await this.client.set(key, this.codec.encode(entry, observed), timeLeft(entry));
    await this.correct(began, [[key, entry]]);
  }

  async setMany(entries: readonly (readonly [string, Entry])[], observed: Observed): Promise<void> {
    const began = Date.now();
    await this.client.setMany(
      entries.map(([key, entry]) => [key, this.codec.encode(entry, observed), timeLeft(entry)] as const),
    );
    await this.correct(began, entries);
  }

  /** A command may have waited for a connection: what it has written would stay for that much too long. */
  private async correct(began: number, entries: readonly (readonly [string, Entry])[]): Promise<void> {
    const took = Date.now() - began;
    const late = entries.filter(
      ([, { gone }]) => gone !== Infinity && took >= Math.min(LATE, LATE_SHARE * (gone - began)),
    );
    if (late.length === 0) return;
    await Promise.all(late.map(([key, { gone }]) => this.client.pexpireat(key, Math.ceil(gone))));
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.client.del(keys);
  }

  clear(prefix: string): AsyncIterable<unknown> {
    // The database may hold more than this cache.
    if (prefix === '') throw new TypeError('clear: a cache in Redis needs a prefix, by which its keys can be told');
    return this.clearing(prefix);
  }

  private async *clearing(prefix: string): AsyncIterable<unknown> {
    for await (const keys of this.client.scan(`{${prefix}`)) {
      const locks = keys.filter((key) => key.endsWith(LOCK_END));
      yield locks.length > 0 && (await this.client.del(locks));
    }
    for await (const keys of this.client.scan(prefix)) yield keys.length > 0 && (await this.client.del(keys));
  }
}

const LOCK_END = ':lock';

/** The part of a key by which a cluster finds its node, where that is not the whole key. */
const TAG = /^[^{]*\{[^}]+\}/;

/** On the same node of a cluster as the key, as far as a name can see to that. */
function lockOf(key: string): string {
  return TAG.test(key) ? key + LOCK_END : `{${key}}${LOCK_END}`;
}

/** Whether a key and its lock are on the same node of a cluster. */
function isByItsLock(key: string, { hasPrefix }: RedisClient): boolean {
  return TAG.test(key) || !(hasPrefix || key.includes('}'));
}
