import { valueKept } from './plain-form';
import type { Values } from './values-store';

/** As much of lru-cache, and of @isaacs/ttlcache, as is used. */
export interface LRULike {
  get(key: string): unknown;
  set(key: string, value: unknown, options?: SetOptions): unknown;
  delete(key: string): unknown;
  clear(): unknown;
  keys(): Iterable<string>;
  /** The ttl of who gives none. Undefined: there has to be one. */
  readonly ttl?: number | undefined;
  readonly sizeCalculation?: SizeCalculation | undefined;
}

type SizeCalculation = (value: unknown, key: string) => number;

interface SetOptions {
  ttl?: number;
  sizeCalculation?: SizeCalculation;
}

export function lruValues(lru: LRULike): Values {
  return {
    kind: 'memory',
    isLocal: true,
    expires: true,
    get: (key) => lru.get(key),
    set: (key, value, ttl = lru.ttl === undefined ? Infinity : undefined) => {
      const options: SetOptions = ttl === undefined ? {} : { ttl };
      const { sizeCalculation } = lru;
      // The application's function knows its own values only.
      if (sizeCalculation !== undefined) options.sizeCalculation = (kept, of) => sizeOf(lru, sizeCalculation, kept, of);
      return lru.set(key, value, options);
    },
    delete: (key) => lru.delete(key),
    clear: () => lru.clear(),
    keys: () => lru.keys(),
  };
}

function sizeOf(lru: LRULike, calculate: SizeCalculation, kept: unknown, key: string): number {
  const value = valueKept(kept);
  return value === undefined ? 1 : calculate.call(lru, value, key);
}
