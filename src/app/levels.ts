import { AppCache } from '../telemetry/app-level/app-cache';
import type { Invalidations } from './invalidations';
import { Reads } from './reads';
import { Shelf } from './shelf';
import { isSerializerError } from './stores/codec';
import { type Awaitable, Entry, type Locks, type Observed, type Store } from './stores/store';

/** One level of a cache. */
export class Level {
  readonly shelf: Shelf;
  private readonly subject: AppCache;

  constructor(
    cacheName: string,
    readonly name: string,
    readonly store: Store,
    private readonly prefix: string,
    /** The longest that it keeps a value, in milliseconds. */
    private readonly ttl: number,
    storeTimeout: ConstructorParameters<typeof Shelf>[1]['storeTimeout'],
  ) {
    this.shelf = new Shelf(store, { storeTimeout });
    this.subject = new AppCache(cacheName, { level: name });
  }

  key(key: string): string {
    return this.prefix + key;
  }

  /** The entry as this level keeps it. */
  capped(entry: Entry): Entry {
    if (this.ttl === Infinity) return entry;
    const latest = Date.now() + this.ttl;
    return entry.gone <= latest ? entry : new Entry(entry.value, Math.min(entry.expires, latest), latest);
  }

  /** Asks the level, as a part of an operation that is a span of its own where it may take its time. */
  async ask<T>(observed: Observed, call: (part: Observed) => Awaitable<T>): Promise<T> {
    if (this.store.isLocal) return call(observed);
    const part = observed?.part(this.subject);
    try {
      const answer = await this.shelf.ask(part, () => call(part));
      if (part !== undefined && observed!.valueSize < 0 && part.valueSize >= 0) observed!.sized(part.valueSize);
      part?.succeed();
      return answer;
    } catch (error) {
      part?.fail(error);
      throw error;
    }
  }

  /** Where it fails, that is told, and there is nothing. */
  async read(keys: readonly string[], observed: Observed): Promise<readonly (Entry | undefined)[]> {
    try {
      return await this.ask(observed, async (part) => {
        const own = keys.map((key) => this.key(key));
        const isOne = own.length === 1;
        const entries = isOne ? [await this.store.get(own[0]!, part)] : await this.store.getMany(own, part);
        if (part !== observed) keys.forEach((key, i) => part?.lookup(key, entries[i] !== undefined));
        return entries;
      });
    } catch (error) {
      observed?.survives(error);
      return keys.map(() => undefined);
    }
  }

  write(entries: readonly (readonly [string, Entry])[], observed: Observed): Promise<unknown> {
    return this.ask(observed, (part) => {
      const own = entries.map(([key, entry]) => [this.key(key), this.capped(entry)] as const);
      return own.length === 1 ? this.store.set(...own[0]!, part) : this.store.setMany(own, part);
    });
  }
}

/** The levels of a cache as one store, the nearest first. A level that fails is done without. */
export class Levels implements Store {
  readonly kind = 'levels';
  readonly isLocal: boolean;
  private readonly near: readonly Level[];
  private readonly farToNear: readonly Level[];
  private readonly reads = new Reads();
  readonly locks?: Locks;

  constructor(
    private readonly levels: readonly Level[],
    private readonly invalidations: Invalidations | undefined,
  ) {
    const far = levels.findIndex(({ store }) => !store.isLocal);
    this.near = far === -1 ? levels : levels.slice(0, far);
    this.isLocal = far === -1;
    this.farToNear = [...levels].reverse();
    const locking = this.farToNear.find(({ store }) => store.locks !== undefined);
    if (locking !== undefined) this.locks = locksOf(locking);
  }

  getNow(key: string, observed: Observed): Entry | undefined {
    for (const [i, level] of this.near.entries()) {
      const entry = level.store.getNow!(level.key(key), observed);
      if (entry === undefined || entry.expires <= Date.now()) continue;
      observed?.answeredBy(level.name);
      for (const nearer of this.near.slice(0, i))
        void nearer.store.set(nearer.key(key), nearer.capped(entry), undefined);
      return entry;
    }
    return undefined;
  }

  async get(key: string, observed: Observed): Promise<Entry | undefined> {
    return (await this.getMany([key], observed))[0];
  }

  async getMany(keys: readonly string[], observed: Observed): Promise<readonly (Entry | undefined)[]> {
    const found = new Map<string, Entry>();
    const isCurrent = this.reads.begin(keys);
    let missing = keys;
    const backfills: [Level, [string, Entry][]][] = [];
    for (const [i, level] of this.levels.entries()) {
      const entries = await level.read(missing, observed);
      const fresh = missing.flatMap((key, index): [string, Entry][] => {
        const entry = entries[index];
        if (entry === undefined) return [];
        const isFresh = entry.expires > Date.now();
        // A farther level may have a newer one.
        if (isFresh || !found.has(key)) found.set(key, entry);
        if (isFresh) observed?.answeredBy(level.name, keys.length === 1 ? undefined : key);
        return isFresh ? [[key, entry]] : [];
      });
      if (fresh.length > 0) for (const nearer of this.levels.slice(0, i)) backfills.push([nearer, fresh]);
      const answered = new Set(fresh.map(([key]) => key));
      missing = missing.filter((key) => !answered.has(key));
      if (missing.length === 0) break;
    }
    const current = new Set(keys.filter(isCurrent));
    for (const [level, entries] of backfills) {
      await this.backfill(
        level,
        entries.filter(([key]) => current.has(key)),
        observed,
      );
    }
    return keys.map((key) => found.get(key));
  }

  /** With the time that is left: a value is not served for longer because it was read. */
  private async backfill(level: Level, entries: [string, Entry][], observed: Observed): Promise<void> {
    if (entries.length === 0) return;
    try {
      await level.write(entries, observed);
    } catch (error) {
      observed?.survives(error);
    }
  }

  set(key: string, entry: Entry, observed: Observed): Promise<void> {
    return this.setMany([[key, entry]], observed);
  }

  async setMany(entries: readonly (readonly [string, Entry])[], observed: Observed): Promise<void> {
    const keys = entries.map(([key]) => key);
    const failures = await this.inAll((level) => level.write(entries, observed), keys);
    const unwritable = failures.find(isSerializerError);
    if (unwritable !== undefined) throw unwritable as Error;
    if (failures.length === this.levels.length) throw failures[0] as Error;
    for (const error of failures) observed?.survives(error);
    await this.tell(keys, observed);
  }

  async delete(keys: readonly string[], observed: Observed): Promise<number> {
    let most = 0;
    const failures = await this.inAll(async (level) => {
      const own = keys.map((key) => level.key(key));
      most = Math.max(most, await level.ask(observed, (part) => level.store.delete(own, part)));
    }, keys);
    await this.tell(keys, observed);
    if (failures.length > 0) throw failures[0] as Error;
    return most;
  }

  async clear(prefix: string, observed: Observed): Promise<void> {
    const failures = await this.inAll(async (level) => {
      await level.ask(observed, (part) => level.store.clear(level.key(prefix), part));
    }, undefined);
    await this.tell(undefined, observed);
    if (failures.length > 0) throw failures[0] as Error;
  }

  /** From the farthest to the nearest: a reader meanwhile must not bring back what is gone. */
  private async inAll(
    call: (level: Level) => Promise<unknown>,
    keys: readonly string[] | undefined,
  ): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const level of this.farToNear) {
      this.reads.outdate(keys);
      try {
        await call(level);
      } catch (error) {
        failures.push(error);
        if (isSerializerError(error)) break;
      }
    }
    return failures;
  }

  private async tell(keys: readonly string[] | undefined, observed: Observed): Promise<void> {
    try {
      await this.invalidations?.publish(keys);
    } catch (error) {
      observed?.survives(error);
    }
  }

  /** Another process has changed these keys, or all: what the levels in this process have of them is outdated. */
  async forget(keys: readonly string[] | undefined, prefix: string): Promise<void> {
    this.reads.outdate(keys);
    for (const level of this.levels.filter(({ store }) => store.isLocal)) {
      if (keys === undefined) await level.store.clear(level.key(prefix), undefined);
      else {
        await level.store.delete(
          keys.map((key) => level.key(key)),
          undefined,
        );
      }
    }
  }

  async close(): Promise<void> {
    await this.invalidations?.close();
  }
}

function locksOf(level: Level): Locks {
  const locks = level.store.locks!;
  return {
    acquire: (key, ...rest) => locks.acquire(level.key(key), ...rest),
    extend: (key, ...rest) => locks.extend(level.key(key), ...rest),
    release: (key, ...rest) => locks.release(level.key(key), ...rest),
    revoke: (keys) => locks.revoke(keys.map((key) => level.key(key))),
  };
}
