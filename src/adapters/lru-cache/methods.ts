import type { Host } from '../../adapter';
import type { InProcessCache } from '../../telemetry/in-process/in-process-cache';
import type { InProcessLibrary } from '../../telemetry/in-process/in-process-library';
import { type LruCache, mentions, type ReadOptions, type SetOptions } from './library';

/** Reads and writes of one key. `has` and `peek` do not count as lookups: they are mostly asked before `get`. */
export function patchBasics(prototype: LruCache, host: Host, library: InProcessLibrary): void {
  host.wrap(prototype, 'get', (original) => {
    return function get(this: LruCache, key: unknown, options?: unknown): unknown {
      const value: unknown = original.call(this, key, options);
      library.of(this)?.lookedUp(value !== undefined);
      return value;
    };
  });
  host.wrap(prototype, 'set', (original) => {
    return function set(this: LruCache, key: unknown, value: unknown, options?: SetOptions): unknown {
      const result: unknown = original.call(this, key, value, options);
      // Without a value it deletes, by calling `delete`.
      if (value !== undefined && options?.ignoreFetchAbort === undefined) {
        const cache = library.written(this);
        if (cache !== undefined) cache.sets.count++;
      }
      return result;
    };
  });
  host.wrap(prototype, 'clear', (original) => {
    return function clear(this: LruCache): void {
      const cache = library.written(this);
      if (cache !== undefined) cache.clears.count++;
      return original.call(this) as undefined;
    };
  });
  host.wrap(prototype, 'load', (original) => {
    return function load(this: LruCache, entries: unknown): void {
      const cache = library.written(this);
      const { clears, sets } = counts(cache);
      const result = original.call(this, entries) as undefined;
      if (cache !== undefined) cache.clears.count = clears;
      if (cache !== undefined) cache.sets.count = sets;
      return result;
    };
  });
}

function counts(cache: InProcessCache | undefined): { clears: number; sets: number } {
  return { clears: cache?.clears.count ?? 0, sets: cache?.sets.count ?? 0 };
}

export function patchDelete(prototype: LruCache, host: Host, library: InProcessLibrary): void {
  // Not `get`: it may be a wrapper of ours by now, and in late versions has a private part that deletes.
  const tellsExpired = mentions(prototype.purgeStale, 'expire');
  const holds = valueIn(prototype);
  host.wrap(prototype, 'delete', (original) => {
    return function deleteKey(this: LruCache, key: unknown): boolean {
      const cache = library.of(this);
      if (cache === undefined) return original.call(this, key) as boolean;
      if (!tellsExpired) return deleteUntold(this, key, cache, original, holds);
      cache.deletes.count++;
      return original.call(this, key) as boolean;
    };
  });
}

/** Where the library has no reason for it, it deletes what is stale, and what a failed fetch leaves, as the application deletes. */
function deleteUntold(
  instance: LruCache,
  key: unknown,
  cache: InProcessCache,
  original: Function,
  holds: ReturnType<typeof valueIn>,
): boolean {
  const [held, isFresh] = [holds(instance, key, true), holds(instance, key, false)];
  const { clears } = counts(cache);
  const result = original.call(instance, key) as boolean;
  // The last entry is deleted by `clear` in these versions.
  cache.clears.count = clears;
  if (held && !isFresh) cache.evicted('expired', 1);
  else if (held || !result) cache.deletes.count++;
  return result;
}

/**
 * Asks a cache for a value without a trace: the methods are those of the library, whatever a subclass makes of them, and `info` tells
 * nobody on the library's channel, as `peek` does in late versions.
 */
function valueIn({ info, peek }: LruCache): (instance: LruCache, key: unknown, allowStale: boolean) => boolean {
  if (info === undefined) return (instance, key, allowStale) => peek.call(instance, key, { allowStale }) !== undefined;
  return (instance, key, allowStale) =>
    info.call(instance, key) !== undefined && (allowStale || instance.getRemainingTTL(key) >= 0);
}

type IsThere = (instance: LruCache, key: unknown, options: ReadOptions | undefined) => boolean;

/** Reads that load what is not there. What they store is no `set` of the application's. */
export function patchLoading(prototype: LruCache, host: Host, library: InProcessLibrary): void {
  const { fetch, forceFetch, memo } = prototype;
  const holds = valueIn(prototype);
  /** Whether a read answers with what is in the cache, and does not wait for a fresh value. */
  const isThere: IsThere = (instance, key, options) => holds(instance, key, options?.allowStale ?? instance.allowStale);
  const isGet = mentions(fetch, 'this.get(');
  patchFetch(prototype, 'fetch', host, library, isThere, (instance) => isGet && instance.fetchMethod === undefined);
  if (forceFetch !== undefined) {
    const isFetch = mentions(forceFetch, 'this.fetch(');
    patchFetch(prototype, 'forceFetch', host, library, isThere, () => isFetch);
  }
  if (memo === undefined) return;
  const isGetAndSet = mentions(memo, 'this.get(');
  host.wrap(prototype as Required<LruCache>, 'memo', (original) => {
    return function memoize(this: LruCache, key: unknown, options?: ReadOptions): unknown {
      const cache = library.written(this);
      if (cache === undefined) return original.call(this, key, options);
      const hit = isThere(this, key, options);
      if (!isGetAndSet) cache.lookedUp(hit);
      const value: unknown = original.call(this, key, options);
      if (!hit || options?.forceRefresh === true) discountStored(cache, value, isGetAndSet);
      return value;
    };
  });
}

/** Where `memo` stores by the public methods, that has been counted; to store nothing is to delete in every version. */
function discountStored(cache: InProcessCache, value: unknown, isSet: boolean): void {
  if (value === undefined) cache.deletes.count--;
  else if (isSet) cache.sets.count--;
}

/** @param isCounted whether another method that it calls counts it */
function patchFetch(
  prototype: LruCache,
  method: 'fetch' | 'forceFetch',
  host: Host,
  library: InProcessLibrary,
  isThere: IsThere,
  isCounted: (instance: LruCache) => boolean,
): void {
  host.wrap(prototype as Required<LruCache>, method, (original) => {
    return function fetchKey(this: LruCache, key: unknown, options?: ReadOptions): Promise<unknown> {
      const cache = library.written(this);
      if (cache !== undefined && !isCounted(this)) {
        // A refresh that is forced asks the source, not the cache.
        if (options?.forceRefresh === true) cache.gets.count++;
        else cache.lookedUp(isThere(this, key, options));
      }
      return original.call(this, key, options) as Promise<unknown>;
    };
  });
}
