import type { Adapter, Host } from '../adapter';
import type { EvictionReason } from '../telemetry/in-process/in-process-cache';
import { InProcessLibrary } from '../telemetry/in-process/in-process-library';
import type { Contents } from '../telemetry/in-process/instances';

/** What is used of ttlcache's own objects. */
interface TtlCache {
  readonly size: number;
  get(key: unknown, options?: unknown): unknown;
  has(key: unknown, options?: unknown): boolean;
  set(key: unknown, value: unknown, options?: unknown): unknown;
  delete(key: unknown): boolean;
  clear(): void;
  purgeToCapacity(): void;
  purgeStale(): void;
}

function read({ size }: TtlCache): Contents {
  return { entries: size, size: undefined };
}

/** What is read at this moment: what it deletes itself is what it found that was stale. */
let reading: TtlCache | undefined;

function beginReading(instance: TtlCache): void {
  reading = instance;
}

/** A purge that is under way. */
interface Purge {
  readonly instance: TtlCache;
  /** By how much the number of entries has changed through calls of the application's `dispose`. */
  change: number;
}
let purging: Purge | undefined;

/** Calls what writes, which may happen within a purge. */
function changing<T>(instance: TtlCache, call: () => T): T {
  const purge = purging;
  if (purge?.instance !== instance) return call();
  const { size } = instance;
  purging = undefined;
  try {
    return call();
  } finally {
    purging = purge;
    purge.change += instance.size - size;
  }
}

function patchReads(prototype: TtlCache, host: Host, library: InProcessLibrary): void {
  const patchRead = (method: 'get' | 'has', counts: boolean) => {
    host.wrap(prototype, method, (original) => {
      return function readKey(this: TtlCache, key: unknown, options?: unknown): never {
        const cache = library.of(this);
        beginReading(this);
        const value: unknown = original.call(this, key, options);
        reading = undefined;
        if (counts) cache?.lookedUp(value !== undefined);
        return value as never;
      };
    });
  };
  patchRead('get', true);
  patchRead('has', false);
}

function patchWrites(prototype: TtlCache, host: Host, library: InProcessLibrary): void {
  host.wrap(prototype, 'set', (original) => {
    return function set(this: TtlCache, key: unknown, value: unknown, options?: unknown): unknown {
      const result: unknown =
        purging === undefined
          ? original.call(this, key, value, options)
          : changing(this, () => original.call(this, key, value, options) as unknown);
      const cache = library.written(this);
      if (cache !== undefined) cache.sets.count++;
      return result;
    };
  });
  host.wrap(prototype, 'delete', (original) => {
    return function deleteKey(this: TtlCache, key: unknown): boolean {
      const isStale = reading === this;
      reading = undefined;
      const result = changing(this, () => original.call(this, key) as boolean);
      const cache = library.of(this);
      if (cache === undefined) return result;
      if (!isStale) cache.deletes.count++;
      else if (result) cache.evicted('expired', 1);
      return result;
    };
  });
  host.wrap(prototype, 'clear', (original) => {
    return function clear(this: TtlCache): void {
      changing(this, () => original.call(this) as unknown);
      const cache = library.of(this);
      if (cache !== undefined) cache.clears.count++;
    };
  });
}

function patchPurges(prototype: TtlCache, host: Host, library: InProcessLibrary): void {
  const patchPurge = (method: 'purgeToCapacity' | 'purgeStale', reason: EvictionReason) => {
    host.wrap(prototype, method, (original) => {
      return function purge(this: TtlCache): void {
        const { size } = this;
        const outer = purging;
        const own = (purging = { instance: this, change: 0 });
        try {
          return original.call(this) as undefined;
        } finally {
          purging = outer;
          const removed = size + own.change - this.size;
          if (removed > 0) library.of(this)?.evicted(reason, removed);
        }
      };
    });
  };
  patchPurge('purgeToCapacity', 'capacity');
  patchPurge('purgeStale', 'expired');
}

function patch(exports: unknown, host: Host): void {
  const { TTLCache, default: whole = exports } = exports as Record<string, unknown>;
  const { prototype } = (TTLCache ?? whole) as { prototype: TtlCache };
  const library = new InProcessLibrary(host, read);
  patchReads(prototype, host, library);
  patchWrites(prototype, host, library);
  patchPurges(prototype, host, library);
  host.wrapExport('TTLCache', () => library.construction());
}

export const ttlcache: Adapter = {
  name: '@isaacs/ttlcache',
  modules: [{ module: '@isaacs/ttlcache', versions: ['>=1.4.1 <3'], patch }],
};
