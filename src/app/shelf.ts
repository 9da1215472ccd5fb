import { milliseconds } from './durations';
import type { CacheOptions, Policy } from './options';
import { Patience } from './patience';
import { isSerializerError } from './stores/codec';
import {
  type Acquired,
  type Awaitable,
  Entry,
  isPromise,
  type Locks,
  NOTHING,
  type Observed,
  Outdated,
  type Store,
} from './stores/store';

const STORE_TIMEOUT = 1000;

/** A store as caches use it: below the operation that asks, not for longer than they want to wait, and it may fail. */
export class Shelf {
  private readonly patience: Patience;
  private readonly mayLock: boolean;

  constructor(
    readonly store: Store,
    { storeTimeout, lock = true }: CacheOptions,
  ) {
    const timeout = storeTimeout === undefined ? STORE_TIMEOUT : milliseconds('storeTimeout', storeTimeout);
    this.patience = new Patience(timeout);
    this.mayLock = lock;
  }

  /** @throws what the store throws, and CacheTimeoutError */
  ask<T>(observed: Observed, call: () => Awaitable<T>): Awaitable<T> {
    if (this.store.isLocal) return call();
    if (observed === undefined) return this.patience.ask(call);
    return observed.run(() => this.patience.ask(call));
  }

  /** What the store can tell at once. Where it fails, that is told, and there is nothing. */
  readNow(key: string, observed: Observed): Entry | undefined {
    try {
      return this.store.getNow?.(key, observed);
    } catch (error) {
      observed?.survives(error);
      return undefined;
    }
  }

  /** Where the store fails, that is told, and there is nothing. */
  async read(key: string, observed: Observed): Promise<Entry | undefined> {
    try {
      return await this.ask(observed, () => this.store.get(key, observed));
    } catch (error) {
      observed?.survives(error);
      return undefined;
    }
  }

  /** The same for many keys, each with its entry or undefined. */
  async readMany(keys: readonly string[], observed: Observed): Promise<readonly (Entry | undefined)[]> {
    try {
      return await this.ask(observed, () => this.store.getMany(keys, observed));
    } catch (error) {
      observed?.survives(error);
      return keys.map(() => undefined);
    }
  }

  /** Puts what was loaded into the store. Where that fails, it is told; only a value that cannot be serialised is an error. */
  keep(key: string, value: unknown, policy: Policy, observed: Observed): Promise<void> | undefined {
    if (value === undefined && policy.missTtl === 0) return undefined;
    const ttl = value === undefined ? policy.missTtl : spread(policy);
    const entry = value === undefined ? entryOf(NOTHING, ttl, 0) : entryOf(value, ttl, policy.staleFor);
    try {
      const setting = this.store.isLocal ? this.store.set(key, entry, observed) : this.put(key, entry, observed);
      if (isPromise(setting)) return this.kept(setting, key, ttl, observed);
      observed?.wrote(key, secondsOf(ttl));
    } catch (error) {
      survive(error, observed);
    }
    return undefined;
  }

  private put(key: string, entry: Entry, observed: Observed): Awaitable<unknown> {
    return this.ask(observed, () => this.store.set(key, entry, observed));
  }

  private kept(setting: Promise<unknown>, key: string, ttl: number, observed: Observed): Promise<void> {
    return setting.then(
      () => observed?.wrote(key, secondsOf(ttl)),
      (error: unknown) => {
        survive(error, observed);
      },
    );
  }

  /**
   * Changes what is under some keys. What other processes are loading for them is outdated: they are told before.
   * @throws what the change throws
   */
  private async change<T>(keys: readonly string[], observed: Observed, change: () => Awaitable<T>): Promise<T> {
    const locks = this.locks(observed);
    if (locks === undefined) return change();
    const revoking = locks.revoke(keys).catch((error: unknown) => observed?.survives(error));
    // Sent one after the other, and answered together.
    const [result] = await Promise.all([change(), revoking]);
    return result;
  }

  /**
   * @returns how many values there were
   * @throws what the store throws
   */
  delete(keys: readonly string[], observed: Observed): Promise<number> {
    return this.change(keys, observed, () => this.ask(observed, () => this.store.delete(keys, observed)));
  }

  /**
   * Removes the keys with a prefix. However long that takes in all: the store has its time for each step.
   * @throws what the store throws, and CacheTimeoutError
   */
  async clear(prefix: string, observed: Observed): Promise<void> {
    const cleared = await this.ask(observed, () => this.store.clear(prefix, observed));
    if (!isAsyncIterable(cleared)) return;
    const steps = cleared[Symbol.asyncIterator]();
    while ((await this.ask(observed, () => steps.next())).done !== true);
  }

  /** @returns whether what there was is gone for certain */
  async remove(key: string, observed: Observed): Promise<boolean> {
    try {
      await this.ask(observed, () => this.store.delete([key], observed));
      return true;
    } catch {
      return false;
    }
  }

  /** @throws what the store throws */
  async write(
    entries: readonly (readonly [string, unknown])[],
    policy: Policy,
    observed: Observed,
  ): Promise<Outdated | undefined> {
    const ttls = entries.map(() => spread(policy));
    const kept = entries.map(([key, value], i) => [key, entryOf(value, ttls[i]!, policy.staleFor)] as const);
    const keys = entries.map(([key]) => key);
    const result = await this.change(keys, observed, () =>
      this.ask(observed, () => {
        return kept.length === 1 ? this.store.set(...kept[0]!, observed) : this.store.setMany(kept, observed);
      }),
    );
    if (observed !== undefined) kept.forEach(([key], i) => observed.wrote(key, secondsOf(ttls[i]!)));
    return result instanceof Outdated ? result : undefined;
  }

  /** Locks, below the operation that asks; undefined: the store cannot lock, or must not. */
  locks(observed: Observed): Locks | undefined {
    const { locks } = this.store;
    if (locks === undefined || !this.mayLock) return undefined;
    return {
      areOrdered: locks.areOrdered,
      acquire: (...args) => this.acquire(locks, observed, ...args),
      extend: async (...args) => this.ask(observed, () => locks.extend(...args)),
      // Nobody waits for it, and a store that is given a rest is to have it all the same: else the lock stays.
      release: async (...args) =>
        observed === undefined ? locks.release(...args) : observed.run(() => locks.release(...args)),
      revoke: async (...args) => this.ask(observed, () => locks.revoke(...args)),
    };
  }

  /** A lock that is got after its time is given back at once: nobody knows of it any more. */
  private async acquire(locks: Locks, observed: Observed, ...args: Parameters<Locks['acquire']>): Promise<Acquired> {
    const [key, token] = args;
    let isGivenUp = false;
    const acquiring = async (): Promise<Acquired> => {
      const acquired = await locks.acquire(...args);
      if (isGivenUp && acquired.isMine) await locks.release(key, token);
      return acquired;
    };
    try {
      return await this.ask(observed, acquiring);
    } catch (error) {
      isGivenUp = true;
      throw error;
    }
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** @throws where the value cannot be serialised */
function survive(error: unknown, observed: Observed): void {
  if (isSerializerError(error)) throw error;
  observed?.survives(error);
}

/** The time that a value is fresh: so much shorter than asked for as chance wants. */
function spread({ ttl, jitter }: Policy): number {
  return jitter === 0 ? ttl : ttl * (1 - jitter * Math.random());
}

function entryOf(value: unknown, ttl: number, staleFor: number): Entry {
  if (ttl === Infinity) return new Entry(value, Infinity, Infinity);
  const expires = Date.now() + ttl;
  return new Entry(value, expires, expires + staleFor);
}

const secondsOf = (ttl: number): number | undefined => (ttl === Infinity ? undefined : ttl / 1000);
