import type { Cache } from './cache';
import { assertCache, assertFunction } from './errors';
import type { LoadContext } from './loads';
import type { LoadOptions } from './options';

/** Where values come from: `undefined` where there is none. */
export interface Source<T> {
  load(key: string, context: LoadContext): T | undefined | PromiseLike<T | undefined>;
}

/**
 * The pattern in which the application reads through the cache and tells it what has changed at the source.
 *
 * ```ts
 * const products = new CacheAside(cache, { load: (id) => database.product(id) }, { ttl: '5m' });
 * const product = await products.get('17');
 * await database.rename('17', 'Chair');
 * await products.invalidate('17');
 * ```
 */
export class CacheAside<T> {
  private readonly cache: Cache<T>;

  /**
   * @param options of each load; default: those of the cache
   * @throws TypeError where it is no cache, or the source cannot load
   */
  constructor(
    cache: Cache<T>,
    private readonly source: Source<T>,
    private readonly options: Omit<LoadOptions, 'signal'> = {},
    /** @internal */
    pattern: 'cache-aside' | 'write-through' = 'cache-aside',
  ) {
    assertCache(cache);
    assertFunction('load of the source', (source as Partial<typeof source> | undefined)?.load);
    this.cache = cache.seenAs(pattern);
  }

  /**
   * The value, from the cache or else from the source; `undefined`: there is none.
   * @throws as `getOrSet`
   */
  get(key: string, options?: Pick<LoadOptions, 'signal'>): Promise<T | undefined> {
    const all = options === undefined ? this.options : { ...this.options, ...options };
    return this.cache.getOrSet<T | undefined>(key, (context) => this.source.load(key, context), all);
  }

  /**
   * The source has changed: the next `get` loads. What is being loaded at this moment is not kept.
   * @throws what the cache fails with: then it may still have the outdated value
   */
  async invalidate(...keys: string[]): Promise<void> {
    await this.cache.deleteMany(keys);
  }
}
