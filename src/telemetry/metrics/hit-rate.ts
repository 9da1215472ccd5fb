import type { Attributes } from '@opentelemetry/api';
import { ATTR_CACHE_NAME } from '../../semconv';
import type { Cache } from '../cache';
import type { Statistics } from '../statistics';

/** The hit rate of each cache between two readings. One per reader, for each has its own intervals. */
export class HitRate {
  private readonly before = new Map<Cache, { lookups: number; hits: number; attributes: Attributes }>();

  /** Tells no point for a cache that was not asked since the last reading. */
  read(statistics: Statistics, point: (value: number, attributes: Attributes) => void): void {
    for (const cache of statistics.caches()) {
      let hits = 0;
      let lookups = 0;
      for (const row of cache.patternRows()) {
        hits += row.hits;
        lookups += row.hits + row.misses;
      }
      const last = this.before.get(cache);
      const attributes = last?.attributes ?? { [ATTR_CACHE_NAME]: cache.name };
      const asked = lookups - (last?.lookups ?? 0);
      if (asked > 0) point((hits - (last?.hits ?? 0)) / asked, attributes);
      this.before.set(cache, { lookups, hits, attributes });
    }
  }
}
