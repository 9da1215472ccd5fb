import type { Values } from './values-store';

/** As much of memjs as is used. */
export interface MemJSLike {
  get(key: string): Promise<{ value: Uint8Array | null }>;
  set(key: string, value: unknown, options: { expires: number }): Promise<boolean>;
  delete(key: string): Promise<boolean>;
}

/** Memcached takes a number of seconds past this for a point in time. */
const LONGEST_EXPIRY = 30 * 24 * 3600;

/** Memcached, through memjs. It expires in whole seconds: the exact expiry has to be kept with the value. */
export function memjsValues(client: MemJSLike): Values {
  return {
    kind: 'memcached',
    isLocal: false,
    expires: false,
    get: async (key) => (await client.get(key)).value,
    set: async (key, value, ttl = 0) => {
      const seconds = Math.ceil(ttl / 1000);
      const expires = seconds > LONGEST_EXPIRY ? Math.ceil(Date.now() / 1000) + seconds : seconds;
      if (!(await client.set(key, value, { expires }))) throw new Error('memcached did not keep the value');
    },
    delete: (key) => client.delete(key),
    clear: () => {
      throw new TypeError('clear: memcached cannot tell which keys are those of this cache');
    },
  };
}
