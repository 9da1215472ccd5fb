import type { Values } from './values-store';

/** As much of memjs as is used. */
export interface MemJSLike {
  get(key: string): Promise<{ value: Uint8Array | null }>;
  set(key: string, value: unknown, options: { expires: number }): Promise<boolean>;
  delete(key: string): Promise<boolean>;
}

/** Memcached takes a number of seconds past this for a point in time. */
const LONGEST_EXPIRY = 30 * 24 * 3600;
/** The last point in time that it knows: in 2038. What expires after that, only the value tells. */
const LAST_EXPIRY = 2 ** 31 - 1;

/** Memcached, through memjs. It expires in whole seconds: the exact expiry has to be kept with the value. */
export function memjsValues(client: MemJSLike): Values {
  return {
    kind: 'memcached',
    isLocal: false,
    expires: false,
    get: async (key) => (await client.get(key)).value,
    set: async (key, value, ttl = 0) => {
      if (!(await client.set(key, value, { expires: expiryOf(ttl) })))
        throw new Error('memcached did not keep the value');
    },
    delete: (key) => client.delete(key),
    clear: () => {
      throw new TypeError('clear: memcached cannot tell which keys are those of this cache');
    },
  };
}

/** 0: never. */
function expiryOf(ttl: number): number {
  const seconds = Math.ceil(ttl / 1000);
  if (seconds <= LONGEST_EXPIRY) return seconds;
  const time = Math.ceil(Date.now() / 1000) + seconds;
  return time > LAST_EXPIRY ? 0 : time;
}
