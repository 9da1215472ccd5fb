import { secondsOf } from '../../telemetry/app-level/ttl';

/** How long a value is kept in seconds, by the TTL that a call gave; undefined: for ever, NaN: only the library and the store know. */
export type Ttl = (given: unknown) => number | undefined;

/** What `wrap` is given as its TTL may be an object with the TTL and more. */
export function givenToWrap(argument: unknown): unknown {
  return typeof argument === 'object' && argument !== null ? (argument as { ttl?: unknown }).ttl : argument;
}

/** By version 5, for caches that others are made of. */
const byCache = new WeakMap<object, Ttl>();

/** In version 5 the store has a default, which the application gives with the other options; but a store of its own knows best. */
export function ttlOfStore(maker: string, args: readonly unknown[]): Ttl {
  const [first, options] = args;
  if (maker === 'multiCaching') {
    const nearest = Array.isArray(first) ? (first as unknown[])[0] : undefined;
    return (given) => ((typeof nearest === 'object' && nearest && byCache.get(nearest)) || secondsOf)(given);
  }
  const { ttl } = (options ?? {}) as { ttl?: unknown };
  const otherwise = ttl ?? (maker === 'caching' && first === 'memory' ? undefined : NaN);
  return (given) => secondsOf(given ?? otherwise);
}

/** From version 6 on the options of the cache have a default, or the nearest of its stores. */
export function ttlOfOptions(_maker: string, [options]: readonly unknown[]): Ttl {
  return (given) => {
    const { ttl, stores } = (options ?? {}) as { ttl?: unknown; stores?: readonly { ttl?: unknown }[] };
    return secondsOf(given ?? ttl ?? stores?.[0]?.ttl);
  };
}

export function rememberTtl(cache: object, ttlOf: Ttl): void {
  byCache.set(cache, ttlOf);
}
