import { AppCache } from '../telemetry/app-level/app-cache';
import { Shelf } from './shelf';
import { type Awaitable, Entry, type Observed, type Store } from './stores/store';

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
  ask<T>(observed: Observed, call: (part: Observed) => Awaitable<T>): Promise<T> {
    return this.observe(observed, (part) => this.shelf.ask(part, () => call(part)));
  }

  /** Removes the keys with a prefix, as such a part. */
  clear(prefix: string, observed: Observed): Promise<void> {
    return this.observe(observed, (part) => this.shelf.clear(this.key(prefix), part));
  }

  private async observe<T>(observed: Observed, run: (part: Observed) => Awaitable<T>): Promise<T> {
    if (this.store.isLocal) return run(observed);
    const part = observed?.part(this.subject);
    try {
      const answer = await run(part);
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

  /** The same of a level that answers at once. */
  readNow(key: string, observed: Observed): Entry | undefined {
    return this.shelf.readNow(this.key(key), observed);
  }

  /** Puts what a farther level had into a level that answers at once. Where that fails, it is told. */
  fillNow(key: string, entry: Entry, observed: Observed): void {
    try {
      void this.store.set(this.key(key), this.capped(entry), undefined);
    } catch (error) {
      observed?.survives(error);
    }
  }

  write(entries: readonly (readonly [string, Entry])[], observed: Observed): Promise<unknown> {
    return this.ask(observed, (part) => {
      const own = entries.map(([key, entry]) => [this.key(key), this.capped(entry)] as const);
      return own.length === 1 ? this.store.set(...own[0]!, part) : this.store.setMany(own, part);
    });
  }

  delete(keys: readonly string[], observed: Observed): Promise<number> {
    return this.ask(observed, (part) =>
      this.store.delete(
        keys.map((key) => this.key(key)),
        part,
      ),
    );
  }

  /** @returns whether it has nothing older now that it could not be written */
  async remove(keys: readonly string[], observed: Observed): Promise<boolean> {
    try {
      await this.delete(keys, observed);
      return true;
    } catch {
      return false;
    }
  }
}
