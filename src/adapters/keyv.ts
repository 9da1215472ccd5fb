import type { Adapter, Host } from '../adapter';
import type { AppCache } from '../telemetry/app-level/app-cache';
import type { AppOperation } from '../telemetry/app-level/app-operation';
import { appCacheOf, constructing } from '../telemetry/app-level/instances';
import { type MethodDescription, observeMethods } from '../telemetry/app-level/observed-call';
import { composes, countAsPart } from '../telemetry/in-process/in-process-library';

/** What is used of Keyv's own objects. */
interface Keyv {
  readonly opts?: { readonly namespace?: unknown; readonly store?: unknown; readonly ttl?: unknown };
  readonly namespace?: unknown;
  readonly store?: unknown;
  readonly ttl?: unknown;
}

/** Stores come with functions such as `createKeyv`, which make the Keyv, too. */
const STORES = /[\\/]node_modules[\\/]@(?:keyv|cacheable)[\\/]/;

/** Its own default, which says nothing. */
const DEFAULT_NAMESPACE = 'keyv';

function cacheOf(keyv: Keyv): AppCache {
  const namespace = keyv.namespace ?? keyv.opts?.namespace;
  const ownName =
    typeof namespace === 'string' && namespace !== DEFAULT_NAMESPACE && namespace !== '' ? namespace : undefined;
  return appCacheOf(keyv, ownName, 'keyv');
}

function listOf(result: unknown): readonly unknown[] {
  return Array.isArray(result) ? result : [];
}

/** Absent is `undefined`; with several keys their answers come in the same order. */
function noteReads(operation: AppOperation, key: unknown, result: unknown): void {
  if (!Array.isArray(key)) {
    operation.lookup(key, result !== undefined);
    return;
  }
  const values = listOf(result);
  key.forEach((one, index) => {
    operation.lookup(one, values[index] !== undefined);
  });
}

/**
 * @param ttl in milliseconds; 0 and less: none
 * @param result false: the store has failed
 */
function noteWrite(operation: AppOperation, keyv: Keyv, key: unknown, ttl: unknown, result: unknown): void {
  if (result === false) return;
  const used = ttl ?? keyv.ttl ?? keyv.opts?.ttl;
  operation.wrote(key, typeof used === 'number' && used > 0 ? used / 1000 : undefined);
}

type Described = MethodDescription<Keyv>;

const first = (args: readonly unknown[]): unknown => args[0];
const keysOf = ([entries]: readonly unknown[]): unknown =>
  listOf(entries).map((entry) => (entry as { key?: unknown }).key);
const read: Described = {
  operation: 'get',
  key: first,
  note: (operation, _keyv, [key], result) => {
    noteReads(operation, key, result);
  },
};
const write: Described = {
  operation: 'set',
  key: first,
  note: (operation, keyv, [key, , ttl], result) => {
    noteWrite(operation, keyv, key, ttl, result);
  },
};
const writeMany: Described = {
  operation: 'set',
  key: keysOf,
  note: (operation, keyv, [entries], result) => {
    (listOf(entries) as { key: unknown; ttl: unknown }[]).forEach(({ key, ttl }, index) => {
      noteWrite(operation, keyv, key, ttl, listOf(result)[index]);
    });
  },
};
const remove: Described = {
  operation: 'delete',
  key: first,
  note: (operation, _keyv, [key], result) => {
    if (typeof result === 'boolean' && !Array.isArray(key)) operation.deleted(result ? 1 : 0);
  },
};

/** Each version has a part of them. Who calls another one is seen once: that call is a part of its own. */
const METHODS: Readonly<Record<string, Described>> = {
  get: read,
  getMany: read,
  getRaw: read,
  getManyRaw: read,
  set: write,
  setRaw: write,
  setMany: writeMany,
  setManyRaw: writeMany,
  delete: remove,
  deleteMany: remove,
  has: { operation: 'has', key: first },
  hasMany: { operation: 'has', key: first },
  clear: { operation: 'clear' },
};

function patch(exports: unknown, host: Host): void {
  const { Keyv, default: whole = exports } = exports as Record<string, unknown>;
  const { prototype } = (Keyv ?? whole) as { prototype: object };
  composes('keyv', host);
  observeMethods(host, prototype, METHODS, cacheOf);
  host.wrapExport('Keyv', () =>
    constructing(
      host,
      (made) => {
        countAsPart((made as Keyv).opts?.store ?? (made as Keyv).store);
      },
      STORES,
    ),
  );
}

export const keyv: Adapter = {
  name: 'keyv',
  modules: [{ module: 'keyv', versions: ['>=4.0.0 <7'], patch }],
};
