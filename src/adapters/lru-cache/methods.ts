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
  const tellsExpired = mentions(prototype.get, 'expire');
  host.wrap(prototype, 'delete', (original) => {
    return function deleteKey(this: LruCache, key: unknown): boolean {
      const cache = library.of(this);
      if (cache === undefined) return original.call(this, key) as boolean;
      // Where the library has no reason for it, it deletes what is stale as the application deletes.
      if (!tellsExpired && isStale(this, key)) cache.evicted('expired', 1);
      else cache.deletes.count++;
      const { clears } = counts(cache);
      const result = original.call(this, key) as boolean;
      // The last entry is deleted by `clear` in these versions.
      cache.clears.count = tellsExpired ? cache.clears.count : clears;
      return result;
    };
  });
}

function isStale(instance: LruCache, key: unknown): boolean {
  return instance.getRemainingTTL(key) <= 0 && instance.peek(key, { allowStale: true }) !== undefined;
}

/** Whether a read answers with what is in the cache, and does not wait for a fresh value. */
function isThere(instance: LruCache, key: unknown, options: ReadOptions | undefined): boolean {
  return instance.peek(key, { allowStale: options?.allowStale ?? instance.allowStale }) !== undefined;
}

/** Reads that load what is not there. What they store is no `set` of the application's. */
export function patchLoading(prototype: LruCache, host: Host, library: InProcessLibrary): void {
  const { fetch, forceFetch, memo } = prototype;
  const isGet = mentions(fetch, 'this.get(');
  patchFetch(prototype, 'fetch', host, library, (instance) => isGet && instance.fetchMethod === undefined);
  if (forceFetch !== undefined) {
    const isFetch = mentions(forceFetch, 'this.fetch(');
    patchFetch(prototype, 'forceFetch', host, library, () => isFetch);
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
      if (isGetAndSet && (!hit || options?.forceRefresh === true)) cache.sets.count--;
      return value;
    };
  });
}

/** @param isCounted whether another method that it calls counts it */
function patchFetch(
  prototype: LruCache,
  method: 'fetch' | 'forceFetch',
  host: Host,
  library: InProcessLibrary,
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
