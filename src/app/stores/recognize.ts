import { countAsPart } from '../../telemetry/in-process/in-process-library';
import { assertOptions, kindOf } from '../errors';
import type { SerializerOptions } from '../options';
import { Codec } from './codec';
import { type IORedisLike, ioredisClient } from './ioredis';
import { MapStore } from './map-store';
import { type KeyvLike, keyvValues } from './keyv';
import { type LRULike, lruValues } from './lru';
import { type MemcachedLike, memcachedLibraryValues, type MemJSLike, memjsValues } from './memcached';
import { type NodeRedisLike, nodeRedisClient } from './node-redis';
import { PlainForm } from './plain-form';
import { RedisStore } from './redis-store';
import type { Store } from './store';
import { type Values, ValuesStore } from './values-store';

/** An object that keeps values. `undefined` from `get` is a miss, all else a value; each method may give a promise. */
export interface ObjectLike {
  get(key: string): unknown;
  /** @param ttl milliseconds; undefined: for ever. To ignore it is fine: the expiry is kept beside the value. */
  set(key: string, value: never, ttl?: number): unknown;
  delete(key: string): unknown;
  clear?(): unknown;
  keys?(): Iterable<string> | AsyncIterable<string>;
}

/**
 * What a cache can keep its values in: a Map, an lru-cache, a Keyv, a client of ioredis, iovalkey, redis, memjs or memcached, or any object with
 * `get`, `set` and `delete`.
 */
export type StoreLike = object;

/**
 * The store that an object is, by its looks.
 * @param keepsExpiry values are to be read with their expiry
 * @throws TypeError where it is none
 */
export function recognizeStore(candidate: unknown, options: SerializerOptions<never>, keepsExpiry: boolean): Store {
  assertOptions(options);
  if (has(candidate, 'sendCommand', 'defineCommand', 'duplicate')) {
    const codec = new Codec(options, keepsExpiry);
    return new RedisStore(ioredisClient(candidate as IORedisLike, codec.isBinary), codec, keepsExpiry);
  }
  if (has(candidate, 'sendCommand', 'mGet', 'multi')) {
    const codec = new Codec(options, keepsExpiry);
    return new RedisStore(nodeRedisClient(candidate as NodeRedisLike, codec.isBinary), codec, keepsExpiry);
  }
  if (has(candidate, 'perform', 'statsWithKey', 'get')) {
    return new ValuesStore(memjsValues(candidate as MemJSLike), new Codec(options, true));
  }
  if (has(candidate, 'getMulti', 'set', 'del', 'incr')) {
    return new ValuesStore(memcachedLibraryValues(candidate as MemcachedLike), new Codec(options, true));
  }
  const isPlain = options.serialize === undefined && options.deserialize === undefined;
  if (candidate instanceof Map && isPlain) return new MapStore(candidate as Map<string, unknown>);
  if (has(candidate, 'get', 'set', 'delete')) {
    countAsPart(candidate);
    const values = valuesOf(candidate as ObjectLike);
    const mustKeep = keepsExpiry || !values.expires;
    return new ValuesStore(values, isPlain ? new PlainForm(mustKeep) : new Codec(options, mustKeep));
  }
  throw new TypeError(
    `a store is a Map, an lru-cache, a Keyv, a client of ioredis, redis, memjs or memcached, or an object with get, set and delete; not ${kindOf(candidate)}`,
  );
}

function valuesOf(object: ObjectLike): Values {
  if (has(object, 'getRemainingTTL')) return lruValues(object as unknown as LRULike);
  if (has(object, 'on', 'off', 'clear') && (has(object, 'iterator') || hasStore(object)))
    return keyvValues(object as unknown as KeyvLike);
  return objectValues(object);
}

function objectValues(object: ObjectLike): Values {
  const isMap = object instanceof Map;
  const { keys, clear } = object;
  return {
    kind: isMap ? 'memory' : 'store',
    isLocal: isMap,
    expires: false,
    get: (key) => object.get(key),
    set: (key, value, ttl) => object.set(key, value as never, ttl),
    delete: (key) => object.delete(key),
    clear: () => {
      if (clear === undefined) throw new TypeError('clear: the store has no such method');
      return clear.call(object);
    },
    ...(keys === undefined ? {} : { keys: () => keys.call(object) }),
  };
}

function has(candidate: unknown, ...methods: string[]): boolean {
  if ((typeof candidate !== 'object' && typeof candidate !== 'function') || candidate === null) return false;
  return methods.every((method) => typeof (candidate as Record<string, unknown>)[method] === 'function');
}

/** Keyv 5 has no iterator where its store has none. */
function hasStore(object: object): boolean {
  const { opts } = object as { opts?: { store?: unknown } };
  return typeof opts?.store === 'object';
}
