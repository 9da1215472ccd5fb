import type { Values } from './values-store';

/** As much of Keyv (4 to 6) as is used. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  clear(): Promise<unknown>;
  /** Absent where its store cannot tell the keys. */
  iterator?(): AsyncIterable<readonly [string, unknown]>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

/**
 * Keyv, whatever is behind it. Only its listeners of `error` hear of a store that fails: from 5 on writes give `false` then, and from 6
 * on reads find nothing.
 */
export function keyvValues(keyv: KeyvLike): Values {
  const { iterator } = keyv;
  const failures = new Failures(keyv);
  return {
    kind: 'keyv',
    isLocal: false,
    expires: true,
    get: (key) => keyv.get(key),
    set: async (key, value, ttl) => {
      if ((await keyv.set(key, value, ttl)) === false) throw new Error('keyv did not keep the value');
    },
    delete: async (key) => {
      if ((await failures.during(() => keyv.delete(key))) !== false) return true;
      // It says the same where there was none, and may have been told to emit no errors.
      if ((await keyv.get(key)) !== undefined) throw new Error('keyv did not delete the value');
      return false;
    },
    clear: () => failures.during(() => keyv.clear()),
    ...(iterator === undefined ? {} : { keys: () => firstOfEach(iterator.call(keyv)) }),
  };
}

/**
 * Hears what fails in a Keyv during a call. Only then does it listen: without a listener an error may end the application's own calls,
 * and it is to stay so. And only once: there are warnings from so many listeners on.
 */
class Failures {
  private readonly calls = new Set<{ failure: unknown }>();

  constructor(private readonly keyv: KeyvLike) {}

  /** @throws what fails meanwhile, though it may be another call: nobody can tell */
  async during<T>(ask: () => Promise<T>): Promise<T> {
    const { calls, keyv } = this;
    const call: { failure: unknown } = { failure: undefined };
    if (calls.size === 0) keyv.on('error', this.failed);
    calls.add(call);
    try {
      const answer = await ask();
      if (call.failure !== undefined) throw call.failure as Error;
      return answer;
    } finally {
      calls.delete(call);
      if (calls.size === 0) keyv.off('error', this.failed);
    }
  }

  private readonly failed = (error: unknown): void => {
    for (const call of this.calls) call.failure ??= error ?? new Error('keyv failed');
  };
}

async function* firstOfEach(pairs: AsyncIterable<readonly [string, unknown]>): AsyncIterable<string> {
  for await (const [key] of pairs) yield key;
}
