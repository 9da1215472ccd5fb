import type { Values } from './values-store';

/** As much of memjs as is used. */
export interface MemJSLike {
  get(key: string): Promise<{ value: Uint8Array | null }>;
  set(key: string, value: unknown, options: { expires: number }): Promise<boolean>;
  delete(key: string): Promise<boolean>;
}

/** As much of memcached as is used. */
export interface MemcachedLike {
  get(key: string, callback: Callback<unknown>): void;
  set(key: string, value: unknown, expires: number, callback: Callback<boolean>): void;
  del(key: string, callback: Callback<boolean>): void;
}

type Callback<T> = (error: unknown, result: T) => void;

/** A client of Memcached, as the store needs it. */
interface MemcachedClient {
  get(key: string): Promise<unknown>;
  /** @param expires in seconds, or a point in time; 0: never */
  set(key: string, value: unknown, expires: number): Promise<boolean>;
  delete(key: string): Promise<boolean>;
}

/** Memcached takes a number of seconds past this for a point in time. */
const LONGEST_EXPIRY = 30 * 24 * 3600;
/** The last point in time that it knows: in 2038. What expires after that, only the value tells. */
const LAST_EXPIRY = 2 ** 31 - 1;
/** Bytes of a key. */
const LONGEST_KEY = 250;

export function memjsValues(client: MemJSLike): Values {
  return memcachedValues({
    get: async (key) => (await client.get(key)).value,
    set: (key, value, expires) => client.set(key, value, { expires }),
    delete: (key) => client.delete(key),
  });
}

export function memcachedLibraryValues(client: MemcachedLike): Values {
  return memcachedValues({
    get: (key) => promised<unknown>((callback) => client.get(key, callback)),
    set: (key, value, expires) => promised<boolean>((callback) => client.set(key, value, expires, callback)),
    delete: (key) => promised<boolean>((callback) => client.del(key, callback)),
  });
}

/** It expires in whole seconds: the exact expiry has to be kept with the value. */
function memcachedValues(client: MemcachedClient): Values {
  return {
    kind: 'memcached',
    isLocal: false,
    expires: false,
    get: (key) => client.get(acceptable(key)),
    set: async (key, value, ttl = 0) => {
      if (!(await client.set(acceptable(key), value, expiryOf(ttl))))
        throw new Error('memcached did not keep the value');
    },
    delete: (key) => client.delete(acceptable(key)),
    clear: () => {
      throw new TypeError('clear: memcached cannot tell which keys are those of this cache');
    },
  };
}

/** @throws RangeError where the server would not take it: the answer to the next command after that may never come */
function acceptable(key: string): string {
  const length = Buffer.byteLength(key);
  if (length === 0 || length > LONGEST_KEY) {
    throw new RangeError(`memcached takes keys of 1 to ${LONGEST_KEY} bytes, with the prefix, and not of ${length}`);
  }
  return key;
}

/** 0: never. */
function expiryOf(ttl: number): number {
  const seconds = Math.ceil(ttl / 1000);
  if (seconds <= LONGEST_EXPIRY) return seconds;
  const time = Math.ceil(Date.now() / 1000) + seconds;
  return time > LAST_EXPIRY ? 0 : time;
}

function promised<T>(call: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is the library's own
      if (error !== undefined && error !== null) reject(error);
      else resolve(result);
    });
  });
}
