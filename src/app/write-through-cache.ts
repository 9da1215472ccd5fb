import type { Cache } from './cache';
import { CacheAside, type Source } from './cache-aside';
import { assertCache, assertFunction, assertKey } from './errors';
import type { LoadOptions } from './options';

/** Where values come from and go to. */
export interface WritableSource<T> extends Source<T> {
  /** Writes a value; a promise that it gives is waited for. */
  save(key: string, value: T): unknown;
}

/** What became of a {@link WriteThroughCache.save}. */
export interface Saved {
  /**
   * What the cache has now: `written`: the value; `deleted`: none, for it could not be written; `stale`: it, or
   * one of its levels, failed altogether, and may have an older value until that expires.
   */
  readonly cached: 'written' | 'deleted' | 'stale';
  /** Why it is not `written`. */
  readonly error?: unknown;
}

/**
 * The pattern in which the application also writes through the cache: to the source first, then to the cache.
 *
 * ```ts
 * const carts = new WriteThroughCache(cache, { load: (id) => database.cart(id), save: (id, cart) => database.put(id, cart) });
 * const { cached } = await carts.save('17', cart);
 * ```
 */
export class WriteThroughCache<T> {
  private readonly cache: Cache<T>;
  private readonly reader: CacheAside<T>;

  /**
   * @param options of each load and write; default: those of the cache
   * @throws TypeError where it is no cache, or the source cannot load or save
   */
  constructor(
    cache: Cache<T>,
    private readonly source: WritableSource<T>,
    private readonly options: Omit<LoadOptions, 'signal'> = {},
  ) {
    assertCache(cache);
    assertFunction('save of the source', (source as Partial<typeof source> | undefined)?.save);
    this.cache = cache.seenAs('write-through');
    this.reader = new CacheAside(cache, source, options, 'write-through');
  }

  /**
   * The value, from the cache or else from the source; `undefined`: there is none.
   * @throws as `getOrSet`
   */
  get(key: string, options?: Pick<LoadOptions, 'signal'>): Promise<T | undefined> {
    return this.reader.get(key, options);
  }

  /**
   * Writes to the source, then to the cache. Where the cache fails, the value is saved all the same: its older value is deleted, and
   * if that fails too, the result tells.
   * @throws what the source throws: then the cache is as it was
   */
  async save(key: string, value: T): Promise<Saved> {
    assertKey(key);
    if (value === undefined) throw new TypeError('undefined is a miss, and no value');
    return this.cache.persist(key, value, () => this.source.save(key, value), this.options);
  }
}
