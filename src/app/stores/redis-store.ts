import type { Codec } from './codec';
import type { RedisClient } from './redis-client';
import { Entry, type Locks, type Observed, type Store, timeLeft } from './store';

// The token tells whose lock it is: one that has expired may be another process's by now.
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;
const EXTEND = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;

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
      acquire: (key, token, milliseconds) => client.setNew(lockOf(key), token, milliseconds),
      extend: async (key, token, milliseconds) =>
        Number(await client.eval(EXTEND, lockOf(key), token, String(milliseconds))) === 1,
      release: (key, token) => client.eval(RELEASE, lockOf(key), token),
    };
  }

  async get(key: string, observed: Observed): Promise<Entry | undefined> {
    return this.withExpiry(key, this.codec.decode(await this.client.get(key), observed));
  }

  /** Another program may have written the value: then only the server knows its expiry. */
  private async withExpiry(key: string, entry: Entry | undefined): Promise<Entry | undefined> {
    if (!this.keepsExpiry || entry === undefined || entry.gone !== Infinity) return entry;
    const left = await this.client.pttl(key);
    if (left < 0) return entry;
    const expires = Date.now() + left;
    return new Entry(entry.value, expires, expires);
  }

  async getMany(keys: readonly string[], observed: Observed): Promise<(Entry | undefined)[]> {
    const stored = await this.client.mget(keys);
    return Promise.all(stored.map((one, i) => this.withExpiry(keys[i]!, this.codec.decode(one, observed))));
  }

  set(key: string, entry: Entry, observed: Observed): Promise<unknown> {
    return this.client.set(key, this.codec.encode(entry, observed), timeLeft(entry));
  }

  setMany(entries: readonly (readonly [string, Entry])[], observed: Observed): Promise<unknown> {
    return this.client.setMany(
      entries.map(([key, entry]) => [key, this.codec.encode(entry, observed), timeLeft(entry)] as const),
    );
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.client.del(keys);
  }

  async clear(prefix: string): Promise<void> {
    // The database may hold more than this cache.
    if (prefix === '') throw new TypeError('clear: a cache in Redis needs a prefix, by which its keys can be told');
    for await (const keys of this.client.scan(prefix)) await this.client.del(keys);
  }
}

/** On the same node of a cluster as the key. */
function lockOf(key: string): string {
  return /\{[^}]+\}/.test(key) ? `${key}:lock` : `{${key}}:lock`;
}
