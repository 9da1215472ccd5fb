import type { AppCache } from './app-cache';
import type { AppOperation } from './app-operation';
import { observeCall, type Observing } from './observed-call';

/** One run of a loader, and what it gave. */
interface Load {
  result: unknown;
  isDone: boolean;
}

type Loader = (...args: never[]) => unknown;

/** A call that reads a key, and loads what is not there. */
export interface ObservedLoading {
  readonly cache: AppCache;
  /** Whose calls load for each other. */
  readonly instance: object;
  readonly key: unknown;
  readonly loader: Loader;
  /** @param loader what the library is to load with: the application's own where it is not observed */
  readonly call: (loader: Loader) => unknown;
  /** How long what was loaded is kept, in seconds; undefined: for ever, NaN: not known. */
  readonly ttl: () => number | undefined;
}

/** Makes a call that may load, and observes it. */
export function observeLoading(host: Observing, { cache, instance, key, loader, call, ttl }: ObservedLoading): unknown {
  const loading = Loads.of(instance).begin(key);
  return observeCall(host, {
    cache,
    operation: 'get_or_set',
    key,
    call: (operation) => {
      if (operation !== undefined) return call(loading.wrap(loader, operation));
      loading.end();
      return call(loader);
    },
    note: (operation: AppOperation, result: unknown) => {
      loading.note(operation, result, ttl);
    },
    over: () => {
      loading.end();
    },
  });
}

/** By the cache. */
const byInstance = new WeakMap<object, Loads>();

/** Calls that read or load one key, while they are under way: a library lets one of them load for all. */
class Loads {
  static of(instance: object): Loads {
    let loads = byInstance.get(instance);
    if (loads === undefined) byInstance.set(instance, (loads = new Loads()));
    return loads;
  }

  private readonly byKey = new Map<unknown, Set<LoadingCall>>();

  begin(key: unknown): LoadingCall {
    const call = new LoadingCall(this, key);
    let calls = this.byKey.get(key);
    if (calls === undefined) this.byKey.set(key, (calls = new Set()));
    calls.add(call);
    return call;
  }

  /** @internal */
  started(key: unknown, load: Load): void {
    for (const call of this.byKey.get(key) ?? []) call.load ??= load;
  }

  /** @internal */
  ended(key: unknown, call: LoadingCall): void {
    const calls = this.byKey.get(key);
    calls?.delete(call);
    if (calls?.size === 0) this.byKey.delete(key);
  }
}

class LoadingCall {
  /** @internal The first load of its key since it began. */
  load: Load | undefined;
  private own: Load | undefined;

  constructor(
    private readonly loads: Loads,
    private readonly key: unknown,
  ) {}

  /** The loader as the library is to call it. */
  wrap<T>(loader: (...args: never[]) => T, operation: AppOperation): (...args: never[]) => T {
    const begin = (load: Load): void => {
      this.own ??= load;
      this.loads.started(this.key, load);
    };
    return function loadKey(this: unknown, ...args): T {
      const load: Load = { result: undefined, isDone: false };
      begin(load);
      return operation.load(() => noted(loader.apply(this, args), load));
    };
  }

  end(): void {
    this.loads.ended(this.key, this);
  }

  /** Notes whether the call found what it returns, or what was loaded. A load behind the back of a hit gives another value. */
  note(operation: AppOperation, result: unknown, ttl: ObservedLoading['ttl']): void {
    const isLoaded = [this.own, this.load].some(
      (load) => load?.isDone === true && isWhatWasLoaded(result, load.result),
    );
    // To be told before the lookup: what is missed and written at once is no repeated miss the next time.
    if (isLoaded && this.own !== undefined && this.own.result !== undefined) operation.wrote(this.key, ttl());
    // Some libraries keep the failure of a load to themselves, and return nothing.
    const isMissed = isLoaded || (result === undefined && this.load !== undefined);
    if (isMissed && this.own === undefined) operation.joined();
    operation.lookup(this.key, !isMissed);
  }
}

/** cache-manager gives the value with its expiry where it is asked to. */
function isWhatWasLoaded(result: unknown, loaded: unknown): boolean {
  if (Object.is(result, loaded)) return true;
  return typeof result === 'object' && result !== null && 'value' in result && Object.is(result.value, loaded);
}

function noted<T>(result: T, load: Load): T {
  const done = (value: unknown): void => {
    load.result = value;
    load.isDone = true;
  };
  if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
    done(result);
    return result;
  }
  return (result as PromiseLike<unknown> & T).then((value) => {
    done(value);
    return value;
  }) as T;
}
