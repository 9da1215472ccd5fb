import type { CountRow, EvictionRow, PatternRow } from '../cache';
import type { Statistics } from '../statistics';
import { type Contents, Instances } from './instances';

/** Values of `cache.eviction.reason`: there was no room, or its time was over. */
export type EvictionReason = 'capacity' | 'expired';

/**
 * The caches in this process that have one name: mostly those that one place in the code makes. What is counted of all of them is
 * counted here, so that a cache costs nothing besides a field that points to this.
 */
export class InProcessCache {
  /** The same caches as a part of another cache: that one counts the operations. */
  readonly part: InProcessCache;
  readonly instances: Instances;
  gets!: CountRow;
  sets!: CountRow;
  deletes!: CountRow;
  touches!: CountRow;
  clears!: CountRow;
  lookups!: PatternRow;
  private capacity!: EvictionRow;
  private expired!: EvictionRow;

  constructor(
    readonly name: string,
    read: (instance: never) => Contents | undefined,
    whole?: InProcessCache,
  ) {
    this.instances = whole?.instances ?? new Instances(read);
    this.part = whole === undefined ? new InProcessCache(name, read, this) : this;
  }

  /** Counts in this table from now on. */
  bind(statistics: Statistics): void {
    const cache = statistics.cache(this.name);
    const counted = this.part === this ? cache.uncounted() : cache;
    this.lookups = counted.plain;
    this.gets = counted.countRow('get', undefined);
    this.sets = counted.countRow('set', undefined);
    this.deletes = counted.countRow('delete', undefined);
    this.touches = counted.countRow('touch', undefined);
    this.clears = counted.countRow('clear', undefined);
    this.capacity = cache.evictionRow('capacity');
    this.expired = cache.evictionRow('expired');
    if (this.part !== this) this.part.bind(statistics);
  }

  /** One key was asked for. */
  lookedUp(hit: boolean): void {
    this.gets.count++;
    if (hit) this.lookups.hits++;
    else this.lookups.misses++;
  }

  /** Several keys were asked for in one call. */
  lookedUpMany(hits: number, misses: number): void {
    this.gets.count++;
    this.lookups.hits += hits;
    this.lookups.misses += misses;
  }

  evicted(reason: EvictionReason, count: number): void {
    if (reason === 'capacity') this.capacity.count += count;
    else this.expired.count += count;
  }
}
