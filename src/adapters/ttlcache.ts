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

function patchReads(prototype: TtlCache, host: Host, library: InProcessLibrary): void {
  const reading = (method: 'get' | 'has', counts: boolean) => {
    host.wrap(prototype, method, (original) => {
      return function readKey(this: TtlCache, key: unknown, options?: unknown): never {
        const cache = library.of(this);
        const { size } = this;
        const [sets, deletes] = [cache?.sets.count ?? 0, cache?.deletes.count ?? 0];
        const value: unknown = original.call(this, key, options);
        if (cache !== undefined) {
          if (counts) cache.lookedUp(value !== undefined);
          // A read may renew the TTL by `set`, and delete what is stale, or not there, by `delete`.
          cache.sets.count = sets;
          if (this.size < size) cache.evicted('expired', 1);
          cache.deletes.count = deletes;
        }
        return value as never;
      };
    });
  };
  reading('get', true);
  reading('has', false);
}

function patchWrites(prototype: TtlCache, host: Host, library: InProcessLibrary): void {
  host.wrap(prototype, 'set', (original) => {
    return function set(this: TtlCache, key: unknown, value: unknown, options?: unknown): unknown {
      const result: unknown = original.call(this, key, value, options);
      const cache = library.written(this);
      if (cache !== undefined) cache.sets.count++;
      return result;
    };
  });
  host.wrap(prototype, 'delete', (original) => {
    return function deleteKey(this: TtlCache, key: unknown): boolean {
      const result = original.call(this, key) as boolean;
      const cache = library.of(this);
      if (cache !== undefined) cache.deletes.count++;
      return result;
    };
  });
  host.wrap(prototype, 'clear', (original) => {
    return function clear(this: TtlCache): void {
      original.call(this);
      const cache = library.of(this);
      if (cache !== undefined) cache.clears.count++;
    };
  });
}

function patchPurges(prototype: TtlCache, host: Host, library: InProcessLibrary): void {
  const purging = (method: 'purgeToCapacity' | 'purgeStale', reason: EvictionReason) => {
    host.wrap(prototype, method, (original) => {
      return function purge(this: TtlCache): void {
        const before = this.size;
        const result = original.call(this) as undefined;
        const removed = before - this.size;
        if (removed > 0) library.of(this)?.evicted(reason, removed);
        return result;
      };
    });
  };
  purging('purgeToCapacity', 'capacity');
  purging('purgeStale', 'expired');
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
