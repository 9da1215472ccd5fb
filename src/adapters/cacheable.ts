import type { Adapter, Host } from '../adapter';
import type { AppCache } from '../telemetry/app-level/app-cache';
import { appCacheOf, constructing, declareLevel } from '../telemetry/app-level/instances';
import { observeLoading } from '../telemetry/app-level/loads';
import { type MethodDescription, observeMethods } from '../telemetry/app-level/observed-call';
import { secondsOf } from '../telemetry/app-level/ttl';
import { composes } from '../telemetry/in-process/in-process-library';

type Method = (this: Cacheable, ...args: unknown[]) => unknown;

/** What is used of cacheable's own objects. */
interface Cacheable {
  readonly primary: { readonly ttl?: unknown };
  readonly secondary: unknown;
  readonly namespace?: unknown;
  readonly ttl?: unknown;
  /** From 2.4 on. */
  readonly maxTtl?: unknown;
}

type Described = MethodDescription<Cacheable>;

const first = (args: readonly unknown[]): unknown => args[0];
const read: Described = {
  operation: 'get',
  key: first,
  note: (operation, _cacheable, [key], result) => {
    operation.lookup(key, result !== undefined);
  },
};
const readMany: Described = {
  operation: 'get',
  key: first,
  note: (operation, _cacheable, [keys], result) => {
    (keys as unknown[]).forEach((key, index) => {
      operation.lookup(key, (result as unknown[])[index] !== undefined);
    });
  },
};
/**
 * How long a value is kept in the nearest store.
 * @param given the call's own TTL, which may be one for each store
 */
function ttlOf({ ttl, maxTtl, primary }: Cacheable, given: unknown): number | undefined {
  const own = typeof given === 'object' && given !== null ? (given as { primary?: unknown }).primary : given;
  const used = secondsOf(own ?? primary.ttl ?? ttl);
  const most = secondsOf(maxTtl);
  if (most === undefined) return used;
  return used === undefined ? most : Math.min(used, most);
}

const removal: Described = { operation: 'delete', key: first };

/** Each version has a part of them. `take` is made of `get` and `delete`, `wrap` of `get` and `set`. */
const METHODS: Readonly<Record<string, Described>> = {
  get: read,
  getRaw: read,
  getMany: readMany,
  getManyRaw: readMany,
  set: {
    operation: 'set',
    key: first,
    note: (operation, cacheable, [key, , options]) => {
      // From version 2 on it may be an object with the TTL and more.
      const hasMore = typeof options === 'object' && options !== null;
      operation.wrote(key, ttlOf(cacheable, hasMore ? (options as { ttl?: unknown }).ttl : options));
    },
  },
  setMany: {
    operation: 'set',
    key: ([items]) => (items as { key?: unknown }[]).map(({ key }) => key),
    note: (operation, cacheable, [items]) => {
      for (const { key, ttl } of items as { key?: unknown; ttl?: unknown }[])
        operation.wrote(key, ttlOf(cacheable, ttl));
    },
  },
  has: { operation: 'has', key: first },
  hasMany: { operation: 'has', key: first },
  delete: removal,
  deleteMany: removal,
  clear: { operation: 'clear' },
};

function cacheOf(cacheable: Cacheable): AppCache {
  const { namespace, primary, secondary } = cacheable;
  const ownName = typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
  const cache = appCacheOf(cacheable, ownName, 'cacheable');
  if (secondary !== undefined) {
    declareLevel(primary, 'primary', cache.name);
    declareLevel(secondary, 'secondary', cache.name);
  }
  return cache;
}

function patchGetOrSet(prototype: Record<string, Method>, host: Host): void {
  host.wrap(prototype, 'getOrSet', (original) => {
    return function getOrSet(this: Cacheable, key: unknown, loader: unknown, options?: unknown): unknown {
      const cache = host.telemetry?.appLevel.guard(() => cacheOf(this));
      if (cache === undefined || typeof loader !== 'function' || typeof key === 'function') {
        return original.call(this, key, loader, options) as unknown;
      }
      return observeLoading(host, {
        cache,
        instance: this,
        key,
        loader: loader as never,
        call: (used) => original.call(this, key, used, options) as unknown,
        ttl: () => ttlOf(this, (options as { ttl?: unknown } | undefined)?.ttl),
      });
    };
  });
}

/** What keeps the tags of keys, from 2.5 on: in the store that is the farthest. */
type Tags = object;
const ownersOf = new WeakMap<Tags, Cacheable>();

const asked: MethodDescription<Tags> = { operation: 'has', key: first };
const TAGS: Readonly<Record<string, MethodDescription<Tags>>> = {
  invalidateTag: { operation: 'delete' },
  invalidateTags: { operation: 'delete' },
  getTags: asked,
  getKeysByTag: { operation: 'has' },
  isKeyFresh: asked,
  isKeyStale: asked,
  getStaleKeys: asked,
};

/** Their class is not exported: it is patched with the first tags that the application asks for. */
function patchTags(prototype: object, host: Host): void {
  const cacheOfTags = (tags: Tags): AppCache | undefined => {
    const owner = ownersOf.get(tags);
    return owner && cacheOf(owner);
  };
  host.wrapGetter(prototype, 'tags', (original) => {
    return function tags(this: Cacheable): unknown {
      const found = original.call(this);
      if (host.telemetry === undefined || typeof found !== 'object' || found === null) return found;
      ownersOf.set(found, this);
      observeMethods(host, Object.getPrototypeOf(found) as object, TAGS, cacheOfTags);
      return found;
    };
  });
}

function patch(exports: unknown, host: Host): void {
  const { Cacheable } = exports as { Cacheable: { prototype: Record<string, Method> } };
  composes('cacheable', host);
  composes('@cacheable/memory', host);
  observeMethods(host, Cacheable.prototype, METHODS, cacheOf);
  if (typeof Cacheable.prototype['getOrSet'] === 'function') patchGetOrSet(Cacheable.prototype, host);
  patchTags(Cacheable.prototype, host);
  host.wrapExport('Cacheable', () => constructing(host));
}

export const cacheable: Adapter = {
  name: 'cacheable',
  modules: [{ module: 'cacheable', versions: ['>=1.0.0 <3'], patch }],
};
