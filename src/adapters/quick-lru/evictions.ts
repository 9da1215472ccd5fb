import type { Host } from '../../adapter';
import type { InProcessCache } from '../../telemetry/in-process/in-process-cache';
import type { InProcessLibrary } from '../../telemetry/in-process/in-process-library';
import type { QuickLru } from './library';

/** Until version 6 the parts that evict are methods, and an instance shows the application's `onEviction`. */
export function patchEvictions(prototype: QuickLru, host: Host, library: InProcessLibrary): void {
  if (prototype._emitEvictions === undefined) {
    host.wrap(prototype as Required<QuickLru>, '_set', (original) => {
      return function set(this: QuickLru, key: unknown, value: unknown): void {
        const old = this.oldCache!;
        original.call(this, key, value);
        if (this.oldCache !== old) library.of(this)?.evicted('capacity', old.size);
      };
    });
    return;
  }
  host.wrap(prototype as Required<QuickLru>, '_emitEvictions', (original) => {
    return function emitEvictions(this: QuickLru, cache: Iterable<unknown>): void {
      const { size, length } = cache as { size?: number; length?: number };
      original.call(this, cache);
      library.of(this)?.evicted('capacity', size ?? length ?? 0);
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

type OnEviction = (this: unknown, key: unknown, value: unknown) => unknown;

/**
 * What was told to be evicted last, until the method ends that evicted it. From version 7 on one function is told of all evictions;
 * of those whose time is over, `delete` is called right after.
 */
let told: InProcessCache | undefined;

/** The entry that is deleted now has just been told as evicted: its time was over. */
export function tellsExpired(cache: InProcessCache): boolean {
  if (told !== cache) return false;
  told = undefined;
  cache.evicted('capacity', -1);
  cache.evicted('expired', 1);
  return true;
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
    const result = typeof own === 'function' ? (own as OnEviction).call(this, key, value) : undefined;
    cache.evicted('capacity', 1);
    told = cache;
    return result;
  };
  if (Object.getPrototypeOf(options) === Object.prototype) return { ...options, onEviction };
  return Object.create(options, { onEviction: { value: onEviction } });
}
