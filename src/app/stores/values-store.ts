import {
  type Awaitable,
  type Entry,
  type Form,
  isPromise,
  type Observed,
  oneOfMany,
  type Store,
  timeLeft,
} from './store';

/** What keeps values one by one: what its methods are called there is up to the maker. */
export interface Values {
  readonly kind: string;
  /** It answers at once. */
  readonly isLocal: boolean;
  /** It forgets values in time itself. */
  readonly expires: boolean;
  get(key: string): unknown;
  /** @param ttl milliseconds; undefined: for ever */
  set(key: string, value: unknown, ttl: number | undefined): unknown;
  /** @returns false, or 0, where there was none */
  delete(key: string): unknown;
  clear(): unknown;
  /** Absent: it cannot tell its keys. */
  readonly keys?: () => Iterable<string> | AsyncIterable<string>;
}

/** The store that values and the form that they are kept in make. */
export class ValuesStore implements Store {
  readonly kind: string;
  readonly isLocal: boolean;
  readonly getNow?: (key: string, observed: Observed) => Entry | undefined;

  constructor(
    private readonly values: Values,
    private readonly form: Form,
  ) {
    this.kind = values.kind;
    this.isLocal = values.isLocal;
    if (this.isLocal) this.getNow = (key, observed) => form.decode(values.get(key), observed);
  }

  get(key: string, observed: Observed): Awaitable<Entry | undefined> {
    const found = this.values.get(key);
    if (!isPromise(found)) return this.form.decode(found, observed);
    return found.then((one) => this.form.decode(one, observed));
  }

  getMany(keys: readonly string[], observed: Observed): Awaitable<readonly (Entry | undefined)[]> {
    return all(keys.map((key) => oneOfMany(() => this.get(key, observed), observed)));
  }

  set(key: string, entry: Entry, observed: Observed): Awaitable<unknown> {
    return this.values.set(key, this.form.encode(entry, observed), timeLeft(entry));
  }

  setMany(entries: readonly (readonly [string, Entry])[], observed: Observed): Awaitable<unknown> {
    return all(entries.map(([key, entry]) => this.set(key, entry, observed)));
  }

  delete(keys: readonly string[]): Awaitable<number> {
    const deleted = all(keys.map((key) => this.values.delete(key)));
    return isPromise(deleted) ? deleted.then(countDone) : countDone(deleted);
  }

  clear(prefix: string): unknown {
    if (prefix === '') return this.values.clear();
    const keys = this.values.keys?.();
    if (keys === undefined)
      throw new TypeError('clear: the store cannot tell which keys have the prefix of this cache');
    if (Symbol.asyncIterator in keys) return this.clearOneByOne(keys, prefix);
    return this.delete([...keys].filter((key) => key.startsWith(prefix)));
  }

  private async *clearOneByOne(keys: AsyncIterable<string>, prefix: string): AsyncIterable<unknown> {
    for await (const key of keys) yield key.startsWith(prefix) && (await this.values.delete(key));
  }
}

function countDone(deleted: readonly unknown[]): number {
  return deleted.filter((one) => one !== false && one !== 0).length;
}

function all<T>(results: readonly Awaitable<T>[]): Awaitable<readonly T[]> {
  return results.some(isPromise) ? Promise.all(results) : (results as readonly T[]);
}
