import type { Telemetry } from '../telemetry';
import type { AppCache, AppOperationName } from './app-cache';
import type { AppOperation } from './app-operation';

/** What an adapter's library is patched for. */
export interface Observing {
  readonly telemetry: Telemetry | undefined;
}

/** One call of a method of an asynchronous cache. */
export interface ObservedCall<T> {
  readonly cache: AppCache;
  readonly operation: AppOperationName;
  readonly key: unknown;
  /** @param operation undefined: it is not observed, or a part of another one */
  readonly call: (operation: AppOperation | undefined) => T;
  /** Notes what a call that succeeded read and wrote. */
  readonly note?: (operation: AppOperation, result: never) => void;
  /** The call is over, however it ended. */
  readonly over?: () => void;
}

/** Makes a call and observes it. Of a promise the caller gets one that settles alike, with nothing on the side. */
export function observeCall<T>({ telemetry }: Observing, observed: ObservedCall<T>): T {
  const { cache, operation: name, key, call, note, over } = observed;
  const appLevel = telemetry?.appLevel;
  const operation = appLevel?.begin(cache, name, key);
  if (appLevel === undefined || operation === undefined) return call(undefined);
  const succeed = (result: unknown): void => {
    appLevel.guard(() => note?.(operation, result as never));
    over?.();
    operation.succeed();
  };
  const fail = (error: unknown): void => {
    over?.();
    operation.fail(error);
  };
  let result: T;
  try {
    result = operation.run(() => call(operation));
  } catch (error) {
    fail(error);
    throw error;
  }
  if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
    succeed(result);
    return result;
  }
  return (result as PromiseLike<unknown> & T).then(
    (value) => {
      succeed(value);
      return value;
    },
    (error: unknown) => {
      fail(error);
      throw error;
    },
  ) as T;
}

type Method<T> = (this: T, ...args: unknown[]) => unknown;

/** A method of an asynchronous cache. */
export interface MethodDescription<T> {
  readonly operation: AppOperationName;
  /** The key, or the keys, of a call. */
  readonly key?: (args: readonly unknown[]) => unknown;
  /** Notes what a call that succeeded read and wrote. */
  readonly note?: (operation: AppOperation, instance: T, args: readonly unknown[], result: unknown) => void;
}

/** What an adapter patches with. */
interface Patching extends Observing {
  wrap(target: object, method: string, wrapper: (original: never) => Function): unknown;
}

/**
 * Observes the calls of those of the methods that the prototype has.
 * @param cacheOf undefined: that instance is not observed
 */
export function observeMethods<T extends object>(
  host: Patching,
  prototype: object,
  methods: Readonly<Record<string, MethodDescription<T>>>,
  cacheOf: (instance: T) => AppCache | undefined,
): void {
  for (const [name, { operation, key, note }] of Object.entries(methods)) {
    if (typeof (prototype as Record<string, unknown>)[name] !== 'function') continue;
    host.wrap(prototype, name, (original: Method<T>) => {
      return function observed(this: T, ...args: unknown[]): unknown {
        const appLevel = host.telemetry?.appLevel;
        // A method that was taken off its object fails as the library lets it fail.
        const cache = appLevel?.guard(() => cacheOf(this));
        if (appLevel === undefined || cache === undefined) return original.apply(this, args);
        return observeCall(host, {
          cache,
          operation,
          key: appLevel.guard(() => key?.(args)),
          call: () => original.apply(this, args),
          note: (observed: AppOperation, result: unknown) => note?.(observed, this, args, result),
        });
      };
    });
  }
}
