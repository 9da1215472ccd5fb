import type { Adapter, Host } from '../adapter';
import { InProcessLibrary } from '../telemetry/in-process/in-process-library';
import type { Contents } from '../telemetry/in-process/instances';

interface Stats {
  readonly keys: number;
  readonly ksize: number;
  readonly vsize: number;
}

/** What is used of node-cache's own objects. */
interface NodeCache {
  readonly stats: Stats;
  readonly options: { readonly deleteOnExpire: boolean };
  get(key: unknown): unknown;
  mget(keys: unknown): object;
  set(key: unknown, value: unknown, ttl?: unknown): unknown;
  del(keys: unknown): number;
  ttl(key: unknown, ttl?: unknown): boolean;
  flushAll(startPeriod?: unknown): void;
  flushStats(): void;
  /** Deletes the entry by `del` where its time is over, and tells listeners, who may throw. */
  _check(key: unknown, entry: unknown): boolean;
}

/** What looks at this moment whether the time of an entry is over. */
let checking: NodeCache | undefined;

/** What instances held when their statistics were flushed, which count from 0 since, and below. */
const held = new WeakMap<NodeCache, Stats>();
const NOTHING: Stats = { keys: 0, ksize: 0, vsize: 0 };

function contentsOf(cache: NodeCache): Stats {
  const { keys, ksize, vsize } = cache.stats;
  const before = held.get(cache) ?? NOTHING;
  return { keys: keys + before.keys, ksize: ksize + before.ksize, vsize: vsize + before.vsize };
}

function read(cache: NodeCache): Contents {
  const { keys, ksize, vsize } = contentsOf(cache);
  return { entries: Math.max(keys, 0), size: Math.max(ksize + vsize, 0) };
}

function patchReads(prototype: NodeCache, host: Host, library: InProcessLibrary): void {
  host.wrap(prototype, 'get', (original) => {
    return function get(this: NodeCache, key: unknown): unknown {
      const value: unknown = original.call(this, key);
      library.of(this)?.lookedUp(value !== undefined);
      return value;
    };
  });
  host.wrap(prototype, 'mget', (original) => {
    return function mget(this: NodeCache, keys: unknown): object {
      const found = original.call(this, keys) as object;
      const cache = library.of(this);
      if (cache !== undefined) {
        const asked = keys as PropertyKey[];
        const hits = asked.reduce<number>((count, key) => count + (Object.hasOwn(found, key) ? 1 : 0), 0);
        cache.lookedUpMany(hits, asked.length - hits);
      }
      return found;
    };
  });
}

function patchWrites(prototype: NodeCache, host: Host, library: InProcessLibrary): void {
  // `mset` calls it for each of its entries, `take` calls `get` and `del`.
  host.wrap(prototype, 'set', (original) => {
    return function set(this: NodeCache, key: unknown, value: unknown, ttl?: unknown): unknown {
      const result: unknown = original.call(this, key, value, ttl);
      const cache = library.written(this);
      if (cache !== undefined) cache.sets.count++;
      return result;
    };
  });
  host.wrap(prototype, 'del', (original) => {
    return function del(this: NodeCache, keys: unknown): number {
      if (checking === this) {
        // Once: listeners are told of it, and may delete others.
        checking = undefined;
        library.of(this)?.evicted('expired', 1);
        return original.call(this, keys) as number;
      }
      const result = original.call(this, keys) as number;
      const cache = library.of(this);
      if (cache !== undefined) cache.deletes.count++;
      return result;
    };
  });
  host.wrap(prototype, '_check', (original) => {
    return function check(this: NodeCache, key: unknown, entry: unknown): boolean {
      checking = this.options.deleteOnExpire ? this : undefined;
      try {
        return original.call(this, key, entry) as boolean;
      } finally {
        checking = undefined;
      }
    };
  });
  host.wrap(prototype, 'ttl', (original) => {
    return function ttl(this: NodeCache, key: unknown, seconds?: unknown): boolean {
      const result = original.call(this, key, seconds) as boolean;
      const cache = library.of(this);
      // A TTL below 0 is a call of `del`.
      if (cache !== undefined && !(typeof seconds === 'number' && seconds < 0)) cache.touches.count++;
      return result;
    };
  });
}

function patchFlushes(prototype: NodeCache, host: Host, library: InProcessLibrary): void {
  host.wrap(prototype, 'flushAll', (original) => {
    return function flushAll(this: NodeCache, startPeriod?: unknown): void {
      original.call(this, startPeriod);
      held.delete(this);
      const cache = library.of(this);
      if (cache !== undefined) cache.clears.count++;
    };
  });
  host.wrap(prototype, 'flushStats', (original) => {
    return function flushStats(this: NodeCache): void {
      const before = contentsOf(this);
      original.call(this);
      held.set(this, before);
    };
  });
}

/** Each instance binds the methods to itself when it is made: those that were made while patched keep the wrappers. */
function patch(exports: unknown, host: Host): void {
  const { prototype } = exports as { prototype: NodeCache };
  const library = new InProcessLibrary(host, read);
  patchReads(prototype, host, library);
  patchWrites(prototype, host, library);
  patchFlushes(prototype, host, library);
  host.wrapExport('NodeCache', () => library.construction());
}

export const nodeCache: Adapter = {
  name: 'node-cache',
  // An inner file: it is required, however the package is loaded.
  modules: [{ module: 'node-cache', versions: ['>=5.0.0 <6'], file: 'lib/node_cache', patch }],
};
