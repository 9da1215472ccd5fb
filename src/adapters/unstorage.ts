import type { Adapter, Host } from '../adapter';
import type { AppOperationName } from '../telemetry/app-level/app-cache';
import type { AppOperation } from '../telemetry/app-level/app-operation';
import { appCacheOf, madeAt, placeOf } from '../telemetry/app-level/instances';
import { observeCall } from '../telemetry/app-level/observed-call';
import { composes } from '../telemetry/in-process/in-process-library';

type Method = (...args: unknown[]) => unknown;
type Storage = Record<string, Method | undefined>;

/** Absent is null, and so is a null that was stored. */
function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

interface Described {
  readonly operation: AppOperationName;
  readonly key?: (args: readonly unknown[]) => unknown;
  readonly note?: (operation: AppOperation, args: readonly unknown[], result: unknown) => void;
}

const first = (args: readonly unknown[]): unknown => args[0];
/** A list of keys, or of objects that have one. */
const keysOf = ([items]: readonly unknown[]): unknown[] =>
  (items as (string | { key: string })[]).map((item) => (typeof item === 'string' ? item : item.key));
const read: Described = {
  operation: 'get',
  key: first,
  note: (operation, [key], result) => {
    operation.lookup(key, isThere(result));
  },
};
const write: Described = {
  operation: 'set',
  key: first,
  note: (operation, [key, , options]) => {
    const { ttl } = (options ?? {}) as { ttl?: unknown };
    operation.wrote(key, typeof ttl === 'number' ? ttl : undefined);
  },
};

/** Each version has a part of them; short names such as `get` call them. */
const METHODS: Readonly<Record<string, Described>> = {
  getItem: read,
  getItemRaw: read,
  getItems: {
    operation: 'get',
    key: keysOf,
    note: (operation, _args, result) => {
      for (const { key, value } of result as { key: string; value: unknown }[]) operation.lookup(key, isThere(value));
    },
  },
  setItem: write,
  setItemRaw: write,
  setItems: { operation: 'set', key: keysOf },
  removeItem: { operation: 'delete', key: first },
  hasItem: { operation: 'has', key: first },
  clear: { operation: 'clear' },
};

/** A storage is an object of functions: they are replaced before the application gets it, and do nothing where nobody observes. */
function observeStorage(storage: Storage, host: Host): void {
  for (const [name, { operation, key, note }] of Object.entries(METHODS)) {
    const original = storage[name];
    if (typeof original !== 'function') continue;
    const replacement: Method = function (this: unknown, ...args) {
      if (host.telemetry === undefined) return original.apply(this, args);
      return observeCall(host, {
        cache: appCacheOf(storage, undefined, 'unstorage'),
        operation,
        key: host.telemetry.appLevel.guard(() => key?.(args)),
        call: () => original.apply(this, args),
        note: (observed: AppOperation, result: unknown) => note?.(observed, args, result),
      });
    };
    Object.defineProperties(replacement, {
      name: { value: original.name, configurable: true },
      length: { value: original.length, configurable: true },
    });
    storage[name] = replacement;
  }
}

function patch(_exports: unknown, host: Host): void {
  composes('unstorage', host);
  const apply = (target: Function, self: unknown, args: unknown[]): unknown => {
    if (host.telemetry === undefined) return Reflect.apply(target, self, args) as unknown;
    const place = placeOf(apply);
    const storage = Reflect.apply(target, self, args) as Storage;
    madeAt(storage, place);
    observeStorage(storage, host);
    return storage;
  };
  host.wrapExport('createStorage', () => ({ apply }));
}

export const unstorage: Adapter = {
  name: 'unstorage',
  modules: [{ module: 'unstorage', versions: ['>=1.0.0 <2'], patch }],
};
