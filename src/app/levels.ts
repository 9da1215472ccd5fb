import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import { InFlight } from './in-flight';
import type { Invalidations } from './invalidations';
import type { Level } from './level';
import { isSerializerError } from './stores/codec';
import { Entry, type Locks, type Observed, Outdated, type Store } from './stores/store';

/** The levels of a cache as one store, the nearest first. A level that fails is done without. */
export class Levels implements Store {
  readonly kind = 'levels';
  readonly isLocal: boolean;
  private readonly near: readonly Level[];
  private readonly farToNear: readonly Level[];
  private readonly reads = new InFlight();
  private readonly writes = new InFlight();
  readonly locks?: Locks;

  constructor(
    private readonly levels: readonly Level[],
    private readonly invalidations: Invalidations | undefined,
    /** How long a value is fresh by default, in milliseconds. */
    private readonly ttl: number,
  ) {
    const far = levels.findIndex(({ store }) => !store.isLocal);
    this.near = far === -1 ? levels : levels.slice(0, far);
    this.isLocal = far === -1;
    this.farToNear = [...levels].reverse();
    const locking = this.farToNear.find(({ store }) => store.locks !== undefined);
    if (locking !== undefined) this.locks = locksOf(locking, locking === this.farToNear[0]);
  }

  getNow(key: string, observed: Observed): Entry | undefined {
    let stale: Entry | undefined;
    for (const [i, level] of this.near.entries()) {
      const entry = level.readNow(key, observed);
      if (entry === undefined) continue;
      if (entry.expires <= Date.now()) {
        if (stale === undefined) observed?.answeredBy(level.name);
        stale ??= entry;
        continue;
      }
      observed?.answeredBy(level.name);
      for (const nearer of this.near.slice(0, i)) nearer.fillNow(key, this.mortal(entry), observed);
      return entry;
    }
    // A farther level may have a newer one.
    return this.isLocal ? stale : undefined;
  }

  async get(key: string, observed: Observed): Promise<Entry | undefined> {
    return (await this.getMany([key], observed))[0];
  }

  async getMany(keys: readonly string[], observed: Observed): Promise<readonly (Entry | undefined)[]> {
    const found = new Map<string, Entry>();
    const foundIn = new Map<string, string>();
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
        if (isFresh || !found.has(key)) {
          found.set(key, entry);
          foundIn.set(key, level.name);
        }
        return isFresh ? [[key, this.mortal(entry)]] : [];
      });
      if (fresh.length > 0) for (const nearer of this.levels.slice(0, i)) backfills.push([nearer, fresh]);
      const answered = new Set(fresh.map(([key]) => key));
      missing = missing.filter((key) => !answered.has(key));
      if (missing.length === 0) break;
    }
    for (const [key, level] of foundIn) observed?.answeredBy(level, keys.length === 1 ? undefined : key);
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

  /** What tells no expiry may be another program's, of which no level is told when it changes: nearer levels ask for it again. */
  private mortal(entry: Entry): Entry {
    if (entry.expires !== Infinity || this.ttl === Infinity) return entry;
    const expires = Date.now() + this.ttl;
    return new Entry(entry.value, expires, expires);
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

  set(key: string, entry: Entry, observed: Observed): Promise<Outdated | undefined> {
    return this.setMany([[key, entry]], observed);
  }

  async setMany(entries: readonly (readonly [string, Entry])[], observed: Observed): Promise<Outdated | undefined> {
    const keys = entries.map(([key]) => key);
    const outdated: unknown[] = [];
    this.writes.outdate(keys);
    const isCurrent = this.writes.begin(keys);
    const failures = await this.inAll(async (level) => {
      try {
        await level.write(entries, observed);
      } catch (error) {
        if (!isSerializerError(error) && !(await level.remove(keys, observed))) outdated.push(error);
        throw error;
      }
    }, keys);
    await this.takeBack(
      keys.filter((key) => !isCurrent(key)),
      observed,
    );
    const unwritable = failures.find(isSerializerError);
    if (unwritable !== undefined) throw unwritable as Error;
    if (failures.length === this.levels.length) throw failures[0] as Error;
    for (const error of failures) observed?.survives(error);
    await this.tell(keys, observed);
    return outdated.length > 0 ? new Outdated(outdated[0]) : undefined;
  }

  /** Others have changed these keys since, and may have passed the nearer levels before what was written got there. */
  private async takeBack(keys: readonly string[], observed: Observed): Promise<void> {
    if (keys.length === 0) return;
    for (const level of this.levels.slice(0, -1)) await level.remove(keys, observed);
  }

  async delete(keys: readonly string[], observed: Observed): Promise<number> {
    let most = 0;
    this.writes.outdate(keys);
    const failures = await this.inAll(async (level) => {
      most = Math.max(most, await level.delete(keys, observed));
    }, keys);
    await this.tell(keys, observed);
    if (failures.length > 0) throw failures[0] as Error;
    return most;
  }

  async clear(prefix: string, observed: Observed): Promise<void> {
    this.writes.outdate();
    const failures = await this.inAll((level) => level.clear(prefix, observed), undefined);
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
    this.writes.outdate(keys);
    await Promise.all(inProcess(this.levels).map((level) => forgetIn(level, keys, prefix)));
  }

  async close(): Promise<void> {
    await this.invalidations?.close();
  }
}

/**
 * The level does not let them wait for longer than it may.
 * @param isFarthest it is the first to be written
 */
function locksOf(level: Level, isFarthest: boolean): Locks {
  const locks = level.shelf.locks(undefined)!;
  return {
    areOrdered: isFarthest && locks.areOrdered,
    acquire: (key, ...rest) => locks.acquire(level.key(key), ...rest),
    extend: (key, ...rest) => locks.extend(level.key(key), ...rest),
    release: (key, ...rest) => locks.release(level.key(key), ...rest),
    revoke: (keys) => locks.revoke(keys.map((key) => level.key(key))),
  };
}

/**
 * The levels of which other processes have their own. What Keyv or an object keeps may be shared, which nobody can see: where Redis is
 * behind it, it is taken for a level in the process, for all that it can lose is read from there.
 */
export function inProcess(levels: readonly Level[]): Level[] {
  const far = levels.findIndex(({ store }) => store.kind === 'redis');
  return levels.filter(({ store }, i) => store.isLocal || (i < far && store.kind !== 'memcached'));
}

/** Nobody waits for it: where it fails, the diagnostics tell. */
async function forgetIn(level: Level, keys: readonly string[] | undefined, prefix: string): Promise<void> {
  try {
    const own = keys?.map((key) => level.key(key));
    await (own === undefined ? level.clear(prefix, undefined) : level.store.delete(own, undefined));
  } catch (error) {
    diag.warn(`${SCOPE_NAME}: the level ${level.name} may have what another process has changed`, error);
  }
}
