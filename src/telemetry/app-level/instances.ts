import { callerOf } from '../in-process/places';
import type { Telemetry } from '../telemetry';
import { AppCache } from './app-cache';

/** What an adapter's library is patched for. */
interface Observing {
  readonly telemetry: Telemetry | undefined;
}

/** What instances of asynchronous caches are called that have no name: the place that made them. */
const places = new WeakMap<object, string>();
/** What instances are called as levels of another cache. */
const levels = new WeakMap<object, { readonly level: string; readonly name: string }>();
const caches = new WeakMap<object, AppCache>();

/** @param callee what the place called that makes the instance */
export function placeOf(callee: Function): string {
  return callerOf(callee).name;
}

export function madeAt(instance: object, place: string): void {
  places.set(instance, place);
}

/**
 * How a class of caches is constructed, for the host's `wrapExport`.
 * @param made told of each instance
 * @param helpers files whose functions make instances for the application
 */
export function constructing(
  host: Observing,
  made?: (instance: object) => void,
  helpers?: RegExp,
): ProxyHandler<Function> {
  const construct = (target: Function, args: readonly unknown[], newTarget: Function): object => {
    const place = host.telemetry === undefined ? undefined : callerOf(construct, helpers).name;
    // The class itself where it is not a subclass that is constructed: it is what stack traces and inspectors show.
    const isItself = newTarget.prototype === target.prototype;
    const instance = Reflect.construct(target, args, isItself ? target : newTarget) as object;
    if (place !== undefined) {
      madeAt(instance, place);
      made?.(instance);
    }
    return instance;
  };
  return { construct };
}

/**
 * From now on a cache is a level of another one, which tells where it found what.
 * @param name what the level is called as a cache, where it has no name of its own
 */
export function declareLevel(instance: unknown, level: string, name: string): void {
  if (typeof instance !== 'object' || instance === null || levels.get(instance)?.level === level) return;
  levels.set(instance, { level, name });
  caches.delete(instance);
}

/**
 * An instance as telemetry knows it.
 * @param ownName its own name, where it has one
 * @param otherwise what it is called where nobody knows who made it
 */
export function appCacheOf(instance: object, ownName: string | undefined, otherwise: string): AppCache {
  const known = caches.get(instance);
  const part = levels.get(instance);
  const name = ownName ?? part?.name ?? places.get(instance) ?? otherwise;
  if (known?.name === name) return known;
  const cache = new AppCache(name, part === undefined ? {} : { level: part.level });
  caches.set(instance, cache);
  return cache;
}
