import type { AppOperation } from '../../telemetry/app-level/app-operation';

/** The value of an entry that remembers that there is nothing. */
export const NOTHING: unique symbol = Symbol('nothing');

/** What a store keeps under a key. Times are epoch milliseconds, `Infinity` for never. */
export class Entry {
  constructor(
    /** {@link NOTHING}: it is remembered that there is none. */
    readonly value: unknown,
    /** When it stops being fresh. */
    readonly expires: number,
    /** When it is not to be served any more. */
    readonly gone: number,
  ) {}
}

export type Awaitable<T> = T | Promise<T>;
/** The operation that a store is asked for, where one is observed. */
export type Observed = AppOperation | undefined;

/** What a write resolves with where a part of the store has failed, and may have an older value. */
export class Outdated {
  constructor(readonly error: unknown) {}
}

/** What entries are kept as. */
export interface Form {
  /** @throws what the serialiser throws */
  encode(entry: Entry, observed: Observed): unknown;
  /** @returns undefined: there is none, or none any more */
  decode(found: unknown, observed: Observed): Entry | undefined;
}

/** A place for entries, whatever client or library is behind it. */
export interface Store {
  /** What it is called where it is a level: `memory`, `redis`, `memcached`, `keyv`, `store`. */
  readonly kind: string;
  /** It answers at once: none of its methods gives a promise, and {@link getNow} tells all. */
  readonly isLocal: boolean;
  /** What of it can be told: sizes, the level that answered. */
  get(key: string, observed: Observed): Awaitable<Entry | undefined>;
  /** What can be told at once; absent: nothing. */
  getNow?(key: string, observed: Observed): Entry | undefined;
  getMany(keys: readonly string[], observed: Observed): Awaitable<readonly (Entry | undefined)[]>;
  /** @returns an {@link Outdated}, or whatever it likes */
  set(key: string, entry: Entry, observed: Observed): Awaitable<unknown>;
  setMany(entries: readonly (readonly [string, Entry])[], observed: Observed): Awaitable<unknown>;
  /** @returns how many there were */
  delete(keys: readonly string[], observed: Observed): Awaitable<number>;
  /**
   * Removes the keys with a prefix; all keys, where it is empty and the store is one for this.
   * @returns a promise, where it has to be waited for; an AsyncIterable of its steps, where they are many, to be gone through
   */
  clear(prefix: string, observed: Observed): unknown;
  /** Absent: it cannot lock. */
  readonly locks?: Locks;
  /** Ends what the store has opened for itself. */
  close?(): Promise<void>;
}

/** What came of asking for a lock. */
export interface Acquired {
  /** Nobody held it. */
  readonly isMine: boolean;
  /** There may be a value by now. Who held the lock before may have written it; it need not be fresh. */
  readonly mayHaveValue: boolean;
  /** The token of who holds it, where it is not mine. */
  readonly holder: string;
}

/** Locks that other processes see. A token makes sure that nobody releases the lock of another one. */
export interface Locks {
  /** What is asked of them when a value has begun to be written is done after that. */
  readonly areOrdered: boolean;
  acquire(key: string, token: string, milliseconds: number): Promise<Acquired>;
  /** @returns whether it was still held with this token */
  extend(key: string, token: string, milliseconds: number): Promise<boolean>;
  /** @returns whether it was still held with this token */
  release(key: string, token: string): Promise<boolean>;
  /** Takes the locks of these keys from whoever holds them: what they load is outdated. */
  revoke(keys: readonly string[]): Promise<number>;
}

/** The value of an entry as callers get it. */
export function valueIn({ value }: Entry): unknown {
  return value === NOTHING ? undefined : value;
}

/** One of several values: that it cannot be read is told, and no reason to do without the others. */
export function oneOfMany(read: () => Awaitable<Entry | undefined>, observed: Observed): Awaitable<Entry | undefined> {
  const failed = (error: unknown): undefined => {
    observed?.survives(error);
  };
  try {
    const entry = read();
    return isPromise(entry) ? entry.catch(failed) : entry;
  } catch (error) {
    failed(error);
    return undefined;
  }
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function';
}

/** How long an entry is to be kept from now, in milliseconds: at least 1. Undefined: for ever. */
export function timeLeft({ gone }: Entry): number | undefined {
  return gone === Infinity ? undefined : Math.max(1, Math.ceil(gone - Date.now()));
}
