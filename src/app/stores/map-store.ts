import { Entry, type Store } from './store';

/** How many old entries are looked at for each that is written: so a Map gives back what has expired. */
const SWEPT_PER_WRITE = 2;

/** A Map in the process. It never evicts: what has expired is removed when it is asked for, and little by little. */
export class MapStore implements Store {
  readonly kind = 'memory';
  readonly isLocal = true;
  private sweep: Iterator<[string, unknown]> | undefined;
  /** Nothing expires before that: it need not be looked for, which is a tenth of what a load costs. */
  private soonest = 0;
  /** The same of what the sweep has seen so far, and of what was written meanwhile. */
  private next = Infinity;

  constructor(private readonly map: Map<string, unknown>) {}

  get(key: string): Entry | undefined {
    const found = this.map.get(key);
    if (found === undefined) return undefined;
    // The application may have put a value of its own there.
    if (!(found instanceof Entry)) return new Entry(found, Infinity, Infinity);
    if (found.gone > Date.now()) return found;
    this.map.delete(key);
    return undefined;
  }

  getNow(key: string): Entry | undefined {
    return this.get(key);
  }

  getMany(keys: readonly string[]): (Entry | undefined)[] {
    return keys.map((key) => this.get(key));
  }

  set(key: string, entry: Entry): void {
    this.map.set(key, entry);
    if (entry.gone === Infinity) return;
    if (entry.gone < this.soonest) this.soonest = entry.gone;
    if (entry.gone < this.next) this.next = entry.gone;
    this.removeExpired();
  }

  setMany(entries: readonly (readonly [string, Entry])[]): void {
    for (const [key, entry] of entries) this.set(key, entry);
  }

  delete(keys: readonly string[]): number {
    return keys.filter((key) => this.get(key) !== undefined && this.map.delete(key)).length;
  }

  clear(prefix: string): void {
    if (prefix === '') this.map.clear();
    else for (const key of this.map.keys()) if (key.startsWith(prefix)) this.map.delete(key);
  }

  private removeExpired(): void {
    const now = Date.now();
    if (now < this.soonest) return;
    for (let looked = 0; looked < SWEPT_PER_WRITE; looked++) {
      this.sweep ??= this.map.entries();
      const next = this.sweep.next();
      if (next.done === true) {
        this.sweep = undefined;
        this.soonest = this.next;
        this.next = Infinity;
        return;
      }
      const [key, found] = next.value;
      if (!(found instanceof Entry)) continue;
      if (found.gone <= now) this.map.delete(key);
      else if (found.gone < this.next) this.next = found.gone;
    }
  }
}
