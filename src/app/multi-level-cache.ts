import { Cache } from './cache';
import { type Duration, milliseconds } from './durations';
import { assertOptions } from './errors';
import { Invalidations } from './invalidations';
import { Level } from './level';
import { inProcess, Levels } from './levels';
import { type CacheOptions, policyOf, type SerializerOptions } from './options';
import type { Shelf } from './shelf';
import { recognizeStore, type StoreLike } from './stores/recognize';
import type { RedisClient } from './stores/redis-client';
import { RedisStore } from './stores/redis-store';
import type { Store } from './stores/store';

/** One level of a {@link MultiLevelCache}. */
export interface LevelOptions<T> extends SerializerOptions<T> {
  /** What a {@link TracedCache} can have as a store. */
  readonly store: StoreLike;
  /** `cache.level`. Default: `memory`, `redis`, `memcached`, `keyv` or `store`, by what it is, with a number from the second on. */
  readonly name?: string | undefined;
  /** The longest that this level keeps a value. Default: as long as the cache does. */
  readonly ttl?: Duration | undefined;
  /** Put before every key in this level, besides the prefix of the cache. Default: nothing. */
  readonly prefix?: string | undefined;
}

/** Options of a {@link MultiLevelCache}. `storeTimeout` holds for each level by itself. */
export interface MultiLevelCacheOptions extends CacheOptions {
  /** `cache.name` in spans and metrics. Default: the names of the levels, such as `memory+redis`. */
  readonly name?: string | undefined;
  /**
   * Tells other processes over a channel of Redis what was written and deleted, and removes from the levels in this process what they
   * tell: where a level is in the process, and a farther one is Redis. Default: true.
   */
  readonly invalidation?: boolean | undefined;
}

/**
 * A cache of several levels, the nearest first: it reads from the nearest that has the value and fills the nearer ones for the time
 * that is left, writes and deletes in all, and does without a level that fails.
 *
 * ```ts
 * const products = new MultiLevelCache<Product>([new LRUCache({ max: 1000 }), new Redis()], { name: 'products', ttl: '5m' });
 * ```
 */
export class MultiLevelCache<T> extends Cache<T> {
  private readonly store: Levels;
  private readonly invalidations: Invalidations | undefined;

  /**
   * @param levels stores, or stores with options of their own
   * @throws TypeError, RangeError where an argument is not accepted
   */
  constructor(levels: readonly (StoreLike | LevelOptions<T>)[], options: MultiLevelCacheOptions = {}) {
    if (!Array.isArray(levels) || levels.length === 0)
      throw new TypeError('the levels are an array of stores, at least one');
    assertOptions(options);
    const described = named(levels.map((level: StoreLike) => describe(level)));
    const names = described.map(({ name }) => name);
    const cacheName = options.name ?? names.join('+');
    const made = described.map(({ name, store, options: { prefix = '', ttl } }) => {
      const most = ttl === undefined ? Infinity : milliseconds('ttl', ttl);
      return new Level(cacheName, name, store, prefix, most, options.storeTimeout);
    });
    const shared = options.invalidation === false ? undefined : redisBehind(made);
    const invalidations = shared && new Invalidations(shared.client, shared.shelf, cacheName);
    const store = new Levels(made, invalidations, policyOf(options).ttl);
    // Each level has a limit of its own.
    super(cacheName, store, { ...options, storeTimeout: Infinity }, { levels: names, pattern: 'multi-level' });
    this.store = store;
    this.invalidations = invalidations;
    invalidations?.listen((keys) => void this.forget(keys));
  }

  /**
   * Resolves when invalidations of other processes are heard; at once, where there are none to hear. What near levels have kept
   * before that, others may have changed unheard. Never rejects: where Redis refuses to be listened to, the diagnostics tell.
   */
  async ready(): Promise<void> {
    await this.invalidations?.ready();
  }

  private async forget(keys: readonly string[] | undefined): Promise<void> {
    this.supersede(keys);
    await this.store.forget(keys, this.prefix);
  }
}

interface Described {
  readonly name: string;
  readonly store: Store;
  readonly options: Omit<LevelOptions<never>, 'store'>;
}

function describe(level: StoreLike): Described {
  if (level instanceof Cache) throw new TypeError('a level is a store, not a cache: give it the store of that cache');
  const isOptions = 'store' in level && typeof (level as { get?: unknown }).get !== 'function';
  const options = isOptions ? (level as LevelOptions<never>) : {};
  const store = recognizeStore(isOptions ? (level as LevelOptions<never>).store : level, options, true);
  return { name: (options as LevelOptions<never>).name ?? store.kind, store, options };
}

/** Tells apart levels of one name. */
function named(levels: readonly Described[]): Described[] {
  return levels.map((level, index) => {
    const before = levels.slice(0, index).filter(({ name }) => name === level.name).length;
    return before === 0 ? level : { ...level, name: `${level.name} ${before + 1}` };
  });
}

/** The nearest Redis behind levels of which other processes have their own. */
function redisBehind(levels: readonly Level[]): { client: RedisClient; shelf: Shelf } | undefined {
  const [near] = inProcess(levels);
  if (near === undefined) return undefined;
  for (const { store, shelf } of levels.slice(levels.indexOf(near))) {
    if (store instanceof RedisStore) return { client: store.client, shelf };
  }
  return undefined;
}
