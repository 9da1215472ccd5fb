import type { Host } from '../../adapter';
import type { InProcessCache } from '../../telemetry/in-process/in-process-cache';
import type { InProcessLibrary } from '../../telemetry/in-process/in-process-library';
import type { QuickLru } from './library';

type Keys = ReadonlyMap<unknown, unknown>;

/**
 * Keys that are in both halves of a cache. When the older half leaves, the library tells of all that is in it; what was written anew since
 * is in the other half, too, and stays.
 */
function countShared(leaving: Keys, staying: Keys): number {
  let count = 0;
  for (const key of leaving.keys()) if (staying.has(key)) count++;
  return count;
}

/** Until version 6 the parts that evict are methods, and an instance shows the application's `onEviction`. */
export function patchEvictions(prototype: QuickLru, host: Host, library: InProcessLibrary): void {
  if (prototype._emitEvictions === undefined) {
    host.wrap(prototype as Required<QuickLru>, '_set', (original) => {
      return function set(this: QuickLru, key: unknown, value: unknown): void {
        const old = this.oldCache!;
        original.call(this, key, value);
        if (this.oldCache !== old) library.of(this)?.evicted('capacity', old.size - countShared(old, this.oldCache!));
      };
    });
    return;
  }
  host.wrap(prototype as Required<QuickLru>, '_emitEvictions', (original) => {
    return function emitEvictions(this: QuickLru, leaving: Map<unknown, unknown> | readonly unknown[]): void {
      original.call(this, leaving);
      const count = leaving instanceof Map ? leaving.size - countShared(leaving, this.cache!) : leaving.length;
      library.of(this)?.evicted('capacity', count);
    };
  });
  host.wrap(prototype as Required<QuickLru>, '_deleteIfExpired', (original) => {
    return function deleteIfExpired(this: QuickLru, key: unknown, item: unknown): boolean {
      const isDeleted = original.call(this, key, item) as boolean;
      const cache = isDeleted ? library.of(this) : undefined;
      if (cache !== undefined) {
        cache.deletes.count--;
        cache.evicted('expired', 1);
      }
      return isDeleted;
    };
  });
}

type OnEviction = (this: QuickLru, key: unknown, value: unknown) => unknown;

/**
 * What was told to be evicted last, until the method ends that evicted it. From version 7 on one function is told of all evictions;
 * of those whose time is over, `delete` is called right after.
 */
let told: InProcessCache | undefined;
/** The older half of the cache at that time. */
let leaving: Keys | undefined;

/** The entry that is deleted now has just been told as evicted: its time was over. */
export function tellsExpired(cache: InProcessCache): boolean {
  // A cache may have become a part of another one since it was made.
  if (told?.part !== cache.part) return false;
  forgetTold();
  cache.evicted('capacity', -1);
  cache.evicted('expired', 1);
  return true;
}

/** A read or a write ends: what it told of and did not delete was the older half of the cache, whose place the other has taken. */
export function readOrWritten(instance: QuickLru): void {
  if (told !== undefined) discountShared(told, instance);
}

function discountShared(cache: InProcessCache, { __oldCache: staying }: QuickLru): void {
  if (leaving !== undefined && staying !== undefined && leaving !== staying)
    cache.evicted('capacity', -countShared(leaving, staying));
  forgetTold();
}

/** A method ends: what is deleted from now on, the application deletes. */
export function forgetTold(): void {
  told = leaving = undefined;
}

/** The options with an `onEviction` that counts; the caller's own object stays as it is, and nothing shows the function. */
export function withOnEviction(options: unknown, cache: InProcessCache): unknown {
  if (typeof options !== 'object' || options === null) return options;
  const { onEviction: own } = options as { onEviction?: unknown };
  const onEviction: OnEviction = function (key, value) {
    const result = typeof own === 'function' ? (own as OnEviction).call(this, key, value) : undefined;
    cache.evicted('capacity', 1);
    if (told !== cache) leaving = this.__oldCache;
    told = cache;
    return result;
  };
  if (Object.getPrototypeOf(options) === Object.prototype) return { ...options, onEviction };
  return Object.create(options, { onEviction: { value: onEviction } });
}
