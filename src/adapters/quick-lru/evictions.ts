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
 * What a cache told to be evicted, until the method ends that evicted it. From version 7 on one function is told of all evictions;
 * of those whose time is over, `delete` is called right after.
 */
interface Told {
  readonly instance: QuickLru;
  /** The older half of the cache at that time. */
  readonly leaving: Keys | undefined;
  count: number;
}
let told: Told | undefined;

/** The entry that is deleted now has just been told as evicted: its time was over. */
export function tellsExpired(instance: QuickLru, cache: InProcessCache): boolean {
  if (told?.instance !== instance) return false;
  forgetTold();
  cache.evicted('capacity', -1);
  cache.evicted('expired', 1);
  return true;
}

/** A read or a write ends: what it told of and did not delete was the older half of the cache, whose place the other has taken. */
export function readOrWritten(instance: QuickLru, library: InProcessLibrary): void {
  if (told !== undefined) discountShared(told, instance, library);
}

function discountShared({ leaving }: Told, instance: QuickLru, library: InProcessLibrary): void {
  const { __oldCache: staying } = instance;
  forgetTold();
  if (leaving !== undefined && staying !== undefined && leaving !== staying)
    library.of(instance)?.evicted('capacity', -countShared(leaving, staying));
}

/** A method ends: what is deleted from now on, the application deletes. */
export function forgetTold(): void {
  told = undefined;
}

/** The options with an `onEviction` that counts; the caller's own object stays as it is, and nothing shows the function. */
export function withOnEviction(options: unknown, cache: InProcessCache): unknown {
  if (typeof options !== 'object' || options === null) return options;
  const { onEviction: own } = options as { onEviction?: unknown };
  const onEviction: OnEviction = function (key, value) {
    const result = typeof own === 'function' ? calling(own as OnEviction, this, key, value, cache) : undefined;
    cache.evicted('capacity', 1);
    if (told?.instance !== this) told = { instance: this, leaving: this.__oldCache, count: 0 };
    told.count++;
    return result;
  };
  if (Object.getPrototypeOf(options) === Object.prototype) return { ...options, onEviction };
  return Object.create(options, { onEviction: { value: onEviction } });
}

/** Calls the application's function, which may use caches, too. Where it throws, all stays that was told to be evicted. */
function calling(own: OnEviction, instance: QuickLru, key: unknown, value: unknown, cache: InProcessCache): unknown {
  const before = told;
  forgetTold();
  let succeeded = false;
  try {
    const result = own.call(instance, key, value);
    succeeded = true;
    return result;
  } finally {
    if (succeeded) told = before;
    else if (before?.instance === instance) cache.evicted('capacity', -before.count);
  }
}
