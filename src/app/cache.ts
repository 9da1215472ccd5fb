import { observingTelemetry } from '../current';
import { AppCache, type AppCacheFacts, type AppOperationName } from '../telemetry/app-level/app-cache';
import { assertFunction, assertKey } from './errors';
import { type Flight, Flights } from './flights';
import { Load, type Loader } from './loads';
import { type CacheOptions, type EntryOptions, type LoadOptions, type Policy, policyOf } from './options';
import { Call } from './passengers';
import { Shelf } from './shelf';
import type { Saved } from './write-through-cache';
import { type Entry, NOTHING, type Observed, type Store, valueIn } from './stores/store';

/**
 * What all caches here can do. Methods never throw: what is wrong with their arguments, and what they fail with, rejects their
 * promise. `undefined` is a miss; `null`, `0`, `''` and `false` are values.
 */
export abstract class Cache<T> {
  protected readonly prefix: string;
  private readonly policy: Policy;
  private readonly shelf: Shelf;
  private readonly flights = new Flights();
  /** Loads that nobody waits for: a stale value is served meanwhile. */
  private readonly revalidations = new Flights();
  private readonly subject: AppCache;

  protected constructor(
    /** `cache.name` */
    readonly name: string,
    store: Store,
    options: CacheOptions,
    private readonly facts: AppCacheFacts,
  ) {
    if (typeof name !== 'string' || name === '') throw new TypeError('a cache needs a name');
    this.prefix = options.prefix ?? '';
    this.policy = policyOf(options);
    this.shelf = new Shelf(store, options);
    this.subject = new AppCache(name, facts);
  }

  /** The value; `undefined`: there is none, or the store is down. */
  async get(key: string): Promise<T | undefined> {
    assertKey(key);
    const full = this.prefix + key;
    return this.observe('get', full, async (observed) => {
      const { store } = this.shelf;
      const entry = store.isLocal ? this.shelf.readNow(full, observed) : await this.shelf.read(full, observed);
      return valueOf<T>(full, entry, observed);
    });
  }

  /** The values in the order of their keys; `undefined` where there is none. */
  async getMany(keys: readonly string[]): Promise<(T | undefined)[]> {
    const full = this.fullKeys(keys);
    if (full.length === 0) return [];
    return this.observe('get', full, async (observed) => {
      const entries = await this.shelf.readMany(full, observed);
      return full.map((key, i) => valueOf<T>(key, entries[i], observed));
    });
  }

  /** Whether there is a value; `false` where the store is down. */
  async has(key: string): Promise<boolean> {
    assertKey(key);
    const full = this.prefix + key;
    return this.observe('has', full, async (observed) => {
      return valueOf(full, await this.shelf.read(full, observed), observed) !== undefined;
    });
  }

  /**
   * The value; where there is none, what the loader gives, which is kept. One caller loads a key while the others wait for it, in
   * this process and, where the store can lock, in others. Each of them gets the value or the loader's error, which is
   * never kept. Where the store is down, values are loaded.
   * @param loader may give `undefined`: there is none, and that is kept for `missTtl` only
   * @throws the loader's error; CacheTimeoutError, CacheReentryError; the signal's reason; the serialiser's error
   */
  getOrSet<R extends T | undefined>(
    key: string,
    loader: Loader<R>,
    options?: LoadOptions,
  ): Promise<T | Extract<R, undefined>> {
    type Result = T | Extract<R, undefined>;
    try {
      assertKey(key);
      assertFunction('the loader', loader);
      // As fetch takes it, and other APIs: null is none.
      const signal = options?.signal ?? undefined;
      signal?.throwIfAborted();
      const policy = policyOf(options, this.policy);
      const full = this.prefix + key;
      const observed = this.begin('get_or_set', full);
      const entry = this.shelf.readNow(full, observed);
      if (entry !== undefined && this.isServed(entry, loader, policy, full, observed)) {
        observed?.lookup(full, true);
        observed?.succeed();
        return Promise.resolve(valueIn(entry) as Result);
      }
      const flying = this.flights.get(full);
      const flight = flying ?? this.flights.start(full);
      const call = new Call(flight, flying !== undefined, observed);
      flight.join(call, signal, observed?.context);
      if (flying === undefined) this.fly(flight, loader, policy, observed);
      return call.promise as Promise<Result>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @throws the serialiser's error, or what the store fails with: then there may still be an older value */
  async set(key: string, value: T, options?: EntryOptions): Promise<void> {
    await this.setMany([[key, value]], options);
  }

  /** @throws as {@link set} */
  async setMany(entries: Iterable<readonly [key: string, value: T]>, options?: EntryOptions): Promise<void> {
    const policy = policyOf(options, this.policy);
    const all = [...entries].map(([key, value]) => {
      assertKey(key);
      if (value === undefined) throw new TypeError('undefined is a miss, and no value: delete the key instead');
      return [this.prefix + key, value] as const;
    });
    if (all.length === 0) return;
    const keys = all.map(([key]) => key);
    await this.change(keys, 'set', (observed) => this.shelf.write(all, policy, observed));
  }

  /**
   * @returns whether there was a value
   * @throws what the store fails with: then the value may still be there
   */
  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key])) > 0;
  }

  /**
   * @returns how many values there were
   * @throws as {@link delete}
   */
  async deleteMany(keys: readonly string[]): Promise<number> {
    const full = this.fullKeys(keys);
    if (full.length === 0) return 0;
    return this.change(full, 'delete', async (observed) => {
      const count = await this.shelf.delete(full, observed);
      observed?.deleted(count);
      return count;
    });
  }

  /**
   * Removes every value whose key has the prefix of this cache: without a prefix everything that the store has, whoever put it there.
   * @throws what the store fails with; TypeError where it cannot tell which keys these are
   */
  async clear(): Promise<void> {
    await this.change(undefined, 'clear', (observed) => this.shelf.clear(this.prefix, observed));
  }

  /** Ends what the cache has opened for itself; the store stays open. */
  async close(): Promise<void> {
    await this.shelf.store.close?.();
  }

  /** @internal Writes to a source, then here: what fails here is told, and no error. */
  async persist(key: string, value: T, save: () => unknown, options: EntryOptions): Promise<Saved> {
    const policy = policyOf(options, this.policy);
    const full = this.prefix + key;
    return this.observe('set', full, async (observed) => {
      await (observed === undefined ? save() : observed.persist(save));
      return this.superseding([full], async () => {
        try {
          const outdated = await this.shelf.write([[full, value]], policy, observed);
          return outdated === undefined ? { cached: 'written' } : { cached: 'stale', error: outdated.error };
        } catch (error) {
          observed?.survives(error);
          const isDeleted = await this.shelf.remove(full, observed);
          return { cached: isDeleted ? 'deleted' : 'stale', error };
        }
      });
    });
  }

  /** @internal The same cache, whose operations tell that they are part of a pattern. */
  seenAs(pattern: NonNullable<AppCacheFacts['pattern']>): this {
    const subject = new AppCache(this.name, { ...this.facts, pattern });
    return Object.create(this, { subject: { value: subject } }) as this;
  }

  /** @internal */
  begin(operation: AppOperationName, key: string | readonly string[] | undefined): Observed {
    return observingTelemetry()?.appLevel.begin(this.subject, operation, key);
  }

  /** @param keys to be written or deleted; undefined: all */
  private change<R>(
    keys: readonly string[] | undefined,
    operation: AppOperationName,
    run: (observed: Observed) => Promise<R>,
  ): Promise<R> {
    return this.superseding(keys, () => this.observe(operation, keys?.length === 1 ? keys[0] : keys, run));
  }

  private superseding<R>(keys: readonly string[] | undefined, change: () => Promise<R>): Promise<R> {
    this.supersede(keys);
    return change().finally(() => {
      // Meanwhile the store may have given what was there before.
      this.flights.supersede(keys, true);
    });
  }

  private async observe<R>(
    operation: AppOperationName,
    key: string | readonly string[] | undefined,
    run: (observed: Observed) => Promise<R>,
  ): Promise<R> {
    const observed = this.begin(operation, key);
    try {
      const result = await run(observed);
      observed?.succeed();
      return result;
    } catch (error) {
      observed?.fail(error);
      throw error;
    }
  }

  private fullKeys(keys: readonly string[]): string[] {
    return keys.map((key) => {
      assertKey(key);
      return this.prefix + key;
    });
  }

  /** What is being loaded for these keys, or any, is outdated. */
  protected supersede(keys: readonly string[] | undefined): void {
    this.flights.supersede(keys);
    this.revalidations.supersede(keys);
  }

  /** Whether an entry is to be served: one that is not fresh any more is, while a new one is loaded. */
  private isServed(entry: Entry, loader: Loader<unknown>, policy: Policy, key: string, observed: Observed): boolean {
    const now = Date.now();
    if (entry.expires > now) return true;
    if (policy.staleFor === 0 || Math.min(entry.gone, entry.expires + policy.staleFor) <= now) return false;
    if (this.revalidations.get(key) === undefined) {
      new Load(this.shelf, this.revalidations.start(key), loader, policy, observed).run();
    }
    return true;
  }

  private fly(flight: Flight, loader: Loader<unknown>, policy: Policy, observed: Observed): void {
    if (this.shelf.store.isLocal) this.load(flight, loader, policy, observed);
    else void this.readOrLoad(flight, loader, policy, observed);
  }

  private async readOrLoad(flight: Flight, loader: Loader<unknown>, policy: Policy, observed: Observed): Promise<void> {
    const entry = await this.shelf.read(flight.key, observed);
    // Nobody waits for it any more, and others may be loading it by now.
    if (flight.isOver) return;
    if (entry !== undefined && this.isServed(entry, loader, policy, flight.key, observed)) {
      flight.landed({ value: valueIn(entry), isHit: true, level: observed?.hitLevel });
    } else this.load(flight, loader, policy, observed);
  }

  private load(flight: Flight, loader: Loader<unknown>, policy: Policy, observed: Observed): void {
    flight.isLoading = true;
    const revalidation = this.revalidations.get(flight.key);
    if (revalidation !== undefined) flight.follow(revalidation);
    else new Load(this.shelf, flight, loader, policy, observed).run();
  }
}

/** What an entry counts as: one that is not fresh any more is a miss, where nobody loads another. */
function valueOf<T>(key: string, entry: Entry | undefined, observed: Observed): T | undefined {
  const isHit = entry !== undefined && entry.expires > Date.now();
  observed?.lookup(key, isHit);
  return isHit && entry.value !== NOTHING ? (entry.value as T) : undefined;
}
