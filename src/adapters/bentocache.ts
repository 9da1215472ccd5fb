import type { Adapter, Host } from '../adapter';
import type { AppCache, AppOperationName } from '../telemetry/app-level/app-cache';
import type { AppOperation } from '../telemetry/app-level/app-operation';
import { appCacheOf } from '../telemetry/app-level/instances';
import { observeLoading } from '../telemetry/app-level/loads';
import { observeCall } from '../telemetry/app-level/observed-call';
import { composes } from '../telemetry/in-process/in-process-library';
import { isWrapped } from '../wrapped';

/** What is used of bentocache's own objects. */
interface BentoCache {
  use(name?: unknown): Cache;
}

type Method = (this: Cache, ...args: unknown[]) => unknown;
interface Cache {
  /** As the application's configuration calls it. */
  readonly name: string;
}

/** Calls have one object with the key and all options. */
interface Options {
  readonly key?: unknown;
  readonly keys?: unknown;
  readonly ttl?: unknown;
  readonly factory?: (...args: never[]) => unknown;
  readonly defaultValue?: unknown;
}

interface Described {
  readonly operation: AppOperationName;
  readonly note?: (operation: AppOperation, key: unknown, options: Options, result: unknown) => void;
}

const read: Described = {
  operation: 'get',
  note: (operation, key, { defaultValue }, result) => {
    // What is given as a default may be a value that was found, too: that can't be told apart.
    operation.lookup(key, result !== undefined && (defaultValue === undefined || !Object.is(result, defaultValue)));
  },
};
/** Texts such as `1h`, and the configuration's own TTL, are for the library to understand: NaN. */
function secondsOf(ttl: unknown): number | undefined {
  if (ttl === null) return undefined;
  return typeof ttl === 'number' ? ttl / 1000 : NaN;
}

const write: Described = {
  operation: 'set',
  note: (operation, key, { ttl }) => {
    operation.wrote(key, secondsOf(ttl));
  },
};
const removal: Described = { operation: 'delete' };

/** `pull` is made of `get` and `delete`, `missing` of `has`. */
const METHODS: Readonly<Record<string, Described>> = {
  get: read,
  set: write,
  has: { operation: 'has' },
  delete: removal,
  deleteMany: removal,
  deleteByTag: removal,
  expire: removal,
  clear: { operation: 'clear' },
};

function optionsOf(argument: unknown): Options {
  return typeof argument === 'object' && argument !== null ? argument : { key: argument };
}

/** What the namespaces that a cache is of put before its keys. */
const prefixes = new WeakMap<Cache, string>();

/** The key or the keys of a call, as the store has them. */
function keyOf(cache: Cache, { key, keys }: Options): unknown {
  const prefix = prefixes.get(cache);
  if (prefix === undefined) return key ?? keys;
  const prefixed = (one: unknown) => (typeof one === 'string' ? prefix + one : one);
  if (key !== undefined) return prefixed(key);
  return Array.isArray(keys) ? keys.map(prefixed) : keys;
}

function cacheOf(cache: Cache): AppCache {
  return appCacheOf(cache, cache.name, 'bentocache');
}

function patchCache(prototype: Record<string, Method>, host: Host): void {
  for (const [name, { operation, note }] of Object.entries(METHODS)) {
    if (typeof prototype[name] !== 'function') continue;
    host.wrap(prototype, name, (original) => {
      return function observed(this: Cache, ...args: unknown[]): unknown {
        const cache = host.telemetry?.appLevel.guard(() => cacheOf(this));
        if (cache === undefined) return original.apply(this, args) as unknown;
        const options = optionsOf(args[0]);
        const key = keyOf(this, options);
        return observeCall(host, {
          cache,
          operation,
          key,
          call: () => original.apply(this, args) as unknown,
          note: (observed: AppOperation, result: unknown) => note?.(observed, key, options, result),
        });
      };
    });
  }
  for (const name of ['getOrSet', 'getOrSetForever']) {
    if (typeof prototype[name] === 'function') patchLoading(prototype, name, host);
  }
  host.wrap(prototype, 'namespace', (original) => {
    return function namespace(this: Cache, ...args: unknown[]): unknown {
      const made = original.apply(this, args) as Cache;
      const [name] = args;
      if (typeof name === 'string') prefixes.set(made, `${prefixes.get(this) ?? ''}${name}:`);
      return made;
    };
  });
}

function patchLoading(prototype: Record<string, Method>, name: string, host: Host): void {
  host.wrap(prototype, name, (original) => {
    return function getOrSet(this: Cache, ...args: unknown[]): unknown {
      const options = optionsOf(args[0]);
      const { factory } = options;
      const cache = host.telemetry?.appLevel.guard(() => cacheOf(this));
      if (cache === undefined || typeof factory !== 'function') return original.apply(this, args) as unknown;
      return observeLoading(host, {
        cache,
        // Each namespace of a cache has its own, even where two are called alike.
        instance: this,
        key: keyOf(this, options),
        loader: factory,
        call: (used) =>
          (used === factory
            ? original.apply(this, args)
            : original.call(this, { ...options, factory: used })) as unknown,
        ttl: () => secondsOf(name === 'getOrSetForever' ? null : options.ttl),
      });
    };
  });
}

/** The class of the caches is not exported: it is patched with the first cache that is used. */
function patch(exports: unknown, host: Host): void {
  const { prototype } = (exports as { BentoCache: { prototype: BentoCache } }).BentoCache;
  composes('bentocache', host);
  host.wrap(prototype, 'use', (original) => {
    return function use(this: BentoCache, ...args: [unknown]): Cache {
      const cache = original.apply(this, args) as Cache;
      const prototype = Object.getPrototypeOf(cache) as Record<string, Method>;
      // Every call of a method of the application's cache gets here.
      if (host.telemetry !== undefined && !isWrapped(prototype['get'])) patchCache(prototype, host);
      return cache;
    };
  });
}

export const bentocache: Adapter = {
  name: 'bentocache',
  modules: [{ module: 'bentocache', versions: ['>=1.0.0 <2'], patch }],
};
