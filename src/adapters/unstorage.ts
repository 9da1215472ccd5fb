import type { Adapter, Host } from '../adapter';
import type { AppOperationName } from '../telemetry/app-level/app-cache';
import type { AppOperation } from '../telemetry/app-level/app-operation';
import { appCacheOf, madeAt, placeOf } from '../telemetry/app-level/instances';
import { observeCall } from '../telemetry/app-level/observed-call';
import { composes } from '../telemetry/in-process/in-process-library';

type Method = (...args: unknown[]) => unknown;
type Storage = Record<string, Method | undefined>;

interface Item {
  readonly key: string;
  readonly value?: unknown;
  readonly options?: { readonly ttl?: unknown };
}

/** Absent is null, and so is a null that was stored. */
function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

interface Described {
  readonly operation: AppOperationName;
  readonly key?: (args: readonly unknown[]) => unknown;
  readonly note?: (operation: AppOperation, args: readonly unknown[], result: unknown, storage: Storage) => void;
}

const first = (args: readonly unknown[]): unknown => args[0];
/** A list of keys, or of objects that have one. */
const keysOf = ([items]: readonly unknown[]): unknown[] =>
  (items as (string | Item)[]).map((item) => (typeof item === 'string' ? item : item.key));
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
  note: (operation, [key, value, options], _result, storage) => {
    noteWrite(operation, { key, value, options } as Item, undefined, storage);
  },
};

/** @param common what is said of all items of the call */
function noteWrite(
  operation: AppOperation,
  { key, value, options }: Item,
  common: Item['options'],
  storage: Storage,
): void {
  // Without a value it removes.
  if (value === undefined) return;
  const ttl = options?.ttl ?? common?.ttl ?? driverTtl(storage, key);
  operation.wrote(key, typeof ttl === 'number' ? ttl : undefined);
}

/** What a driver that knows TTLs was given as its own. */
function driverTtl(storage: Storage, key: string): unknown {
  const mount = storage['getMount']?.(key) as { driver?: { options?: { ttl?: unknown } } } | undefined;
  return mount?.driver?.options?.ttl;
}

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
  setItems: {
    operation: 'set',
    key: keysOf,
    note: (operation, [items, common], _result, storage) => {
      for (const item of items as Item[]) noteWrite(operation, item, common as Item['options'], storage);
    },
  },
  removeItem: { operation: 'delete', key: first },
  hasItem: { operation: 'has', key: first },
  clear: { operation: 'clear' },
};

/** It is kept as an item whose key ends so. */
function isMetadata(key: unknown): boolean {
  return typeof key === 'string' && key.endsWith('$');
}

/** A storage is an object of functions: they are replaced before the application gets it, and do nothing where nobody observes. */
function observeStorage(storage: Storage, host: Host): void {
  for (const [name, { operation, key, note }] of Object.entries(METHODS)) {
    const original = storage[name];
    if (typeof original !== 'function') continue;
    const replacement: Method = function (this: unknown, ...args) {
      if (host.telemetry === undefined || isMetadata(args[0])) return original.apply(this, args);
      return observeCall(host, {
        cache: appCacheOf(storage, undefined, 'unstorage'),
        operation,
        key: host.telemetry.appLevel.guard(() => key?.(args)),
        call: () => original.apply(this, args),
        note: (observed: AppOperation, result: unknown) => note?.(observed, args, result, storage),
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
