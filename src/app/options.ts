import { type Duration, milliseconds } from './durations';
import { assertOptions } from './errors';

/** How long a value is kept. */
export interface EntryOptions {
  /** How long a value is fresh. Default: for ever, or as long as the store keeps it. */
  readonly ttl?: Duration | undefined;
  /**
   * How long a value may still be served after its `ttl`, while a new one is loaded in the background. Default: not at all, so
   * callers wait for the new one.
   */
  readonly staleFor?: Duration | undefined;
  /** Spreads expiries: a share of the `ttl`, 0 to 1, by which it is shortened at random at most. Default: 0. */
  readonly jitter?: number | undefined;
}

/** Options of one `getOrSet`. */
export interface LoadOptions extends EntryOptions {
  /** How long it is remembered that the loader found nothing (`undefined`). Default: not at all. */
  readonly missTtl?: Duration | undefined;
  /**
   * How long a load may take, also where it is waited for another process's: then its callers get a {@link CacheTimeoutError}.
   * `Infinity`: for ever. Default: 30 seconds.
   */
  readonly loadTimeout?: Duration | undefined;
  /** Stops waiting: the call rejects with the signal's reason. The load is told once nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of every cache; those of {@link LoadOptions} are the defaults of its calls. */
export interface CacheOptions extends Omit<LoadOptions, 'signal'> {
  /** Put before every key in the store. Default: nothing. */
  readonly prefix?: string | undefined;
  /**
   * Lets one process load a key while the others wait, where the store can lock (Redis). `false`: one caller per process.
   * Default: true.
   */
  readonly lock?: boolean | undefined;
  /**
   * How long the store may take to answer: then it counts as down, and values are loaded instead. For a second after that it is not
   * asked at all. Default: 1 second.
   */
  readonly storeTimeout?: Duration | undefined;
}

/** How values become what the store keeps. */
export interface SerializerOptions<T> {
  /**
   * Default: JSON for stores outside of the process; stores in the process, and Keyv, are given the value as it is. It is tried out
   * with a few values (`null`, `{}`, `''`, `0`, `[]`, a Date) when the cache is made, until one shows whether it makes text or bytes.
   */
  readonly serialize?: ((value: T) => string | Uint8Array) | undefined;
  /** The reverse of `serialize`: is given text where that made text, a Buffer where it made bytes. */
  readonly deserialize?: ((stored: never) => T) | undefined;
}

/** What a call goes by; all times in milliseconds, `Infinity` for ever, 0 for not at all. */
export interface Policy {
  readonly ttl: number;
  readonly staleFor: number;
  readonly missTtl: number;
  readonly jitter: number;
  readonly loadTimeout: number;
}

const DEFAULTS: Policy = { ttl: Infinity, staleFor: 0, missTtl: 0, jitter: 0, loadTimeout: 30_000 };

/**
 * @param options of a call or of a cache
 * @param defaults what holds where they say nothing
 * @throws RangeError, TypeError where one of them is not accepted
 */
export function policyOf(options: LoadOptions | undefined, defaults = DEFAULTS): Policy {
  if (options === undefined) return defaults;
  assertOptions(options);
  const { ttl, staleFor, missTtl, jitter, loadTimeout } = options;
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1)) {
    throw new RangeError(`jitter is ${jitter}: it takes a share, 0 to 1`);
  }
  return {
    ttl: ttl === undefined ? defaults.ttl : milliseconds('ttl', ttl),
    // To switch off what is the cache's default.
    staleFor: staleFor === undefined ? defaults.staleFor : staleFor === 0 ? 0 : milliseconds('staleFor', staleFor),
    missTtl: missTtl === undefined ? defaults.missTtl : missTtl === 0 ? 0 : milliseconds('missTtl', missTtl),
    jitter: jitter ?? defaults.jitter,
    loadTimeout: loadTimeout === undefined ? defaults.loadTimeout : milliseconds('loadTimeout', loadTimeout),
  };
}
