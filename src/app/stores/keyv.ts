import type { Values } from './values-store';

/** As much of Keyv (4 to 6) as is used. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  clear(): unknown;
  /** Absent where its store cannot tell the keys. */
  iterator?(): AsyncIterable<readonly [string, unknown]>;
}

/**
 * Keyv, whatever is behind it. Only its listeners of `error` hear of a store that fails: from 5 on writes give `false` then, and from 6
 * on reads find nothing.
 */
export function keyvValues(keyv: KeyvLike): Values {
  const { iterator } = keyv;
  return {
    kind: 'keyv',
    isLocal: false,
    isSilent: true,
    expires: true,
    get: (key) => keyv.get(key),
    set: async (key, value, ttl) => {
      if ((await keyv.set(key, value, ttl)) === false) throw new Error('keyv did not keep the value');
    },
    delete: async (key) => {
      if ((await keyv.delete(key)) !== false) return true;
      // It says the same where there was none.
      if ((await keyv.get(key)) !== undefined) throw new Error('keyv did not delete the value');
      return false;
    },
    clear: () => keyv.clear(),
    ...(iterator === undefined ? {} : { keys: () => firstOfEach(iterator.call(keyv)) }),
  };
}

async function* firstOfEach(pairs: AsyncIterable<readonly [string, unknown]>): AsyncIterable<string> {
  for await (const [key] of pairs) yield key;
}
