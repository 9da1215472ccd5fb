import type { Adapter, Host } from '../adapter';
import type { AppCache } from '../telemetry/app-level/app-cache';
import type { AppOperation } from '../telemetry/app-level/app-operation';
import { appCacheOf, constructing, declareLevel } from '../telemetry/app-level/instances';
import { Loads } from '../telemetry/app-level/loads';
import { type MethodDescription, observeCall, observeMethods } from '../telemetry/app-level/observed-call';
import { composes } from '../telemetry/in-process/in-process-library';

type Method = (this: Cacheable, ...args: unknown[]) => unknown;

/** What is used of cacheable's own objects. */
interface Cacheable {
  readonly primary: unknown;
  readonly secondary: unknown;
  readonly namespace?: unknown;
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
    note: (operation, _cacheable, [key, , ttl]) => {
      // Texts such as `1h` are for the library to understand.
      operation.wrote(key, typeof ttl === 'number' ? ttl / 1000 : ttl === undefined ? undefined : NaN);
    },
  },
  setMany: { operation: 'set', key: ([items]) => (items as { key?: unknown }[]).map(({ key }) => key) },
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

const loadsOf = new WeakMap<Cacheable, Loads>();

function loads(cacheable: Cacheable): Loads {
  let known = loadsOf.get(cacheable);
  if (known === undefined) loadsOf.set(cacheable, (known = new Loads()));
  return known;
}

function patchGetOrSet(prototype: Record<string, Method>, host: Host): void {
  host.wrap(prototype, 'getOrSet', (original) => {
    return function getOrSet(this: Cacheable, key: unknown, loader: unknown, options?: unknown): unknown {
      if (host.telemetry === undefined || typeof loader !== 'function' || typeof key === 'function') {
        return original.call(this, key, loader, options) as unknown;
      }
      const loading = loads(this).begin(key);
      return observeCall(host, {
        cache: cacheOf(this),
        operation: 'get_or_set',
        key,
        call: (operation) => {
          const used = operation === undefined ? loader : loading.wrap(loader as never, operation);
          if (operation === undefined) loading.end();
          return original.call(this, key, used, options) as unknown;
        },
        note: (operation: AppOperation, result: unknown) => {
          loading.note(operation, result);
        },
        over: () => {
          loading.end();
        },
      });
    };
  });
}

function patch(exports: unknown, host: Host): void {
  const { Cacheable } = exports as { Cacheable: { prototype: Record<string, Method> } };
  composes('cacheable', host);
  composes('@cacheable/memory', host);
  observeMethods(host, Cacheable.prototype, METHODS, cacheOf);
  if (typeof Cacheable.prototype['getOrSet'] === 'function') patchGetOrSet(Cacheable.prototype, host);
  host.wrapExport('Cacheable', () => constructing(host));
}

export const cacheable: Adapter = {
  name: 'cacheable',
  modules: [{ module: 'cacheable', versions: ['>=1.0.0 <3'], patch }],
};
