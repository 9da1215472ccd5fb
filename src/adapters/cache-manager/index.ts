import type { Adapter, Host } from '../../adapter';
import type { AppCache, AppOperationName } from '../../telemetry/app-level/app-cache';
import type { AppOperation } from '../../telemetry/app-level/app-operation';
import { appCacheOf, declareLevel, madeAt, placeOf } from '../../telemetry/app-level/instances';
import { observeLoading } from '../../telemetry/app-level/loads';
import { observeCall } from '../../telemetry/app-level/observed-call';
import { composes } from '../../telemetry/in-process/in-process-library';
import { givenToWrap, rememberTtl, type Ttl, ttlOfOptions, ttlOfStore } from './ttl';

type Method = (...args: unknown[]) => unknown;
type Cache = Record<string, Method | undefined>;

/** What a cache is made of, by what its own events call them. */
function levelName(index: number): string {
  return index === 0 ? 'primary' : `secondary:${index - 1}`;
}

function declareLevels(stores: unknown, name: string): void {
  if (!Array.isArray(stores) || stores.length < 2) return;
  stores.forEach((store, index) => {
    declareLevel(store, levelName(index), name);
  });
}

/** What a cache answers where it has nothing: until version 7 it may be null. */
type IsThere = (value: unknown) => boolean;
const isNoNull: IsThere = (value) => value !== undefined && value !== null;
const isDefined: IsThere = (value) => value !== undefined;

/** What there is to know of a cache. */
interface Knowledge {
  readonly ttlOf: Ttl;
  readonly isThere: IsThere;
}

interface Described {
  readonly operation: AppOperationName;
  readonly key?: (args: readonly unknown[]) => unknown;
  readonly note?: (operation: AppOperation, args: readonly unknown[], result: unknown, cache: Knowledge) => void;
}

/** Entries of `mset`: pairs in version 5, with one TTL for all; objects later. */
const entriesOf = ([entries, ttl]: readonly unknown[]): { key: unknown; ttl: unknown }[] =>
  (entries as ([unknown, unknown] | { key: unknown; ttl: unknown })[]).map((entry) =>
    Array.isArray(entry) ? { key: entry[0], ttl } : entry,
  );

const first = (args: readonly unknown[]): unknown => args[0];
/** Keys come as a list, or in version 5 one by one. */
const several = (args: readonly unknown[]): readonly unknown[] =>
  Array.isArray(args[0]) ? (args[0] as unknown[]) : args;

const METHODS: Readonly<Record<string, Described>> = {
  get: {
    operation: 'get',
    key: first,
    note: (operation, [key], result, { isThere }) => {
      operation.lookup(key, isThere(result));
    },
  },
  mget: {
    operation: 'get',
    key: several,
    note: (operation, args, result, { isThere }) => {
      several(args).forEach((key, index) => {
        operation.lookup(key, isThere((result as unknown[])[index]));
      });
    },
  },
  set: {
    operation: 'set',
    key: first,
    note: (operation, [key, , ttl], _result, { ttlOf }) => {
      operation.wrote(key, ttlOf(ttl));
    },
  },
  mset: {
    operation: 'set',
    key: (args) => entriesOf(args).map(({ key }) => key),
    note: (operation, args, _result, { ttlOf }) => {
      for (const { key, ttl } of entriesOf(args)) operation.wrote(key, ttlOf(ttl));
    },
  },
  del: { operation: 'delete', key: first },
  mdel: { operation: 'delete', key: several },
  // Asks for what is there without reading it, by reads of the stores that it is made of.
  ttl: { operation: 'has', key: first },
  clear: { operation: 'clear' },
  reset: { operation: 'clear' },
};

/** A cache is an object of functions: they are replaced before the application gets it, and do nothing where nobody observes. */
class ObservedCache {
  constructor(
    private readonly cache: Cache,
    private readonly host: Host,
    private readonly ownName: string | undefined,
    private readonly knowledge: Knowledge,
  ) {
    for (const [name, described] of Object.entries(METHODS))
      this.replace(name, (original) => this.plain(original, described));
    this.replace('wrap', (original) => this.wrapping(original));
  }

  private get known(): AppCache {
    return appCacheOf(this.cache, this.ownName, 'cache-manager');
  }

  private plain(original: Method, { operation, key, note }: Described): Method {
    return (...args) =>
      observeCall(this.host, {
        cache: this.known,
        operation,
        key: this.host.telemetry?.appLevel.guard(() => key?.(args)),
        call: () => original(...args),
        note: (observed: AppOperation, result: unknown) => note?.(observed, args, result, this.knowledge),
      });
  }

  private wrapping(original: Method): Method {
    return (key, loader, ...rest) => {
      if (this.host.telemetry === undefined || typeof loader !== 'function') return original(key, loader, ...rest);
      return observeLoading(this.host, {
        cache: this.known,
        instance: this.cache,
        key,
        loader: loader as never,
        call: (used) => original(key, used, ...rest),
        ttl: () => this.knowledge.ttlOf(givenToWrap(rest[0])),
      });
    };
  }

  private replace(name: string, wrapper: (original: Method) => Method): void {
    const original = this.cache[name];
    if (typeof original !== 'function') return;
    const replacement = wrapper(original.bind(this.cache));
    Object.defineProperties(replacement, {
      name: { value: original.name, configurable: true },
      length: { value: original.length, configurable: true },
    });
    this.cache[name] = replacement;
  }
}

const observed = new WeakSet();

function observeCache(cache: unknown, host: Host, place: string, options: unknown, knowledge: Knowledge): void {
  if (typeof cache !== 'object' || cache === null || observed.has(cache)) return;
  observed.add(cache);
  madeAt(cache, place);
  rememberTtl(cache, knowledge.ttlOf);
  new ObservedCache(cache as Cache, host, nameIn(options), knowledge);
}

/** The id that the application gave, or the namespace of its only store. */
function nameIn(options: unknown): string | undefined {
  const { cacheId, stores } = (options ?? {}) as { cacheId?: unknown; stores?: unknown };
  if (typeof cacheId === 'string') return cacheId;
  const [store, ...others] = Array.isArray(stores) ? (stores as { namespace?: unknown }[]) : [];
  const namespace = others.length === 0 ? store?.namespace : undefined;
  return typeof namespace === 'string' && namespace !== 'keyv' && namespace !== '' ? namespace : undefined;
}

/** What caches of some versions have in common. */
interface Generation {
  readonly ttlOf: (maker: string, args: readonly unknown[]) => Ttl;
  readonly isThere: IsThere;
}

function making(host: Host, maker: string, { ttlOf, isThere }: Generation): ProxyHandler<Function> {
  const apply = (target: Function, self: unknown, args: unknown[]): unknown => {
    if (host.telemetry === undefined) return Reflect.apply(target, self, args) as unknown;
    const place = placeOf(apply);
    const made = Reflect.apply(target, self, args) as unknown;
    const found = (cache: unknown): unknown => {
      host.telemetry?.appLevel.guard(() => {
        declareLevels(partsOf(maker, args), nameIn(args[0]) ?? place);
        observeCache(cache, host, place, args[0], { ttlOf: ttlOf(maker, args), isThere });
      });
      return cache;
    };
    return made instanceof Promise ? made.then(found) : found(made);
  };
  return { apply };
}

/** Where the levels are among the arguments. */
function partsOf(maker: string, [first]: readonly unknown[]): unknown {
  return maker === 'multiCaching' ? first : (first as { stores?: unknown } | undefined)?.stores;
}

function patchMakers(names: readonly string[], host: Host, generation: Generation): void {
  composes('cache-manager', host);
  for (const name of names) host.wrapExport(name, () => making(host, name, generation));
}

export const cacheManager: Adapter = {
  name: 'cache-manager',
  modules: [
    {
      module: 'cache-manager',
      versions: ['>=5.0.0 <6'],
      patch: (exports, host) => {
        // `createCache` came with 5.5.
        const names = ['caching', 'multiCaching', 'createCache'];
        patchMakers(
          names.filter((name) => name in (exports as object)),
          host,
          { ttlOf: ttlOfStore, isThere: isNoNull },
        );
      },
    },
    {
      module: 'cache-manager',
      versions: ['>=6.0.0 <7'],
      patch: (_exports, host) => {
        patchMakers(['createCache'], host, { ttlOf: ttlOfOptions, isThere: isNoNull });
      },
    },
    {
      module: 'cache-manager',
      versions: ['>=7.0.0 <8'],
      patch: (_exports, host) => {
        patchMakers(['createCache'], host, { ttlOf: ttlOfOptions, isThere: isDefined });
      },
    },
  ],
};
