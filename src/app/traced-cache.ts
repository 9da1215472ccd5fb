import { Cache } from './cache';
import type { CacheOptions, SerializerOptions } from './options';
import { recognizeStore, type StoreLike } from './stores/recognize';

/** Options of a {@link TracedCache}. */
export interface TracedCacheOptions<T> extends CacheOptions, SerializerOptions<T> {}

/**
 * A cache of values of one type in a store of yours, with spans and metrics of what it does.
 *
 * ```ts
 * const products = new TracedCache<Product>('products', new Redis(), { prefix: 'product:', ttl: '5m' });
 * const product = await products.getOrSet('17', () => database.product(17));
 * ```
 */
export class TracedCache<T> extends Cache<T> {
  /**
   * @param name `cache.name` in spans and metrics
   * @param store a Map, an lru-cache, a Keyv, a client of ioredis, iovalkey, redis, memjs or memcached, or an object with
   * `get`, `set` and `delete`
   * @throws TypeError, RangeError where an argument is not accepted
   */
  constructor(name: string, store: StoreLike, options: TracedCacheOptions<T> = {}) {
    super(name, recognizeStore(store, options as SerializerOptions<never>, false), options, {});
  }
}
