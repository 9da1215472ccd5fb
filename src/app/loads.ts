import { randomUUID } from 'node:crypto';
import { setTimeout as passes } from 'node:timers/promises';
import { LONGEST_TIMER } from './durations';
import { CacheTimeoutError } from './errors';
import type { Flight, Outcome } from './flights';
import type { Policy } from './options';
import type { Shelf } from './shelf';
import { isPromise, type Locks, NOTHING, type Observed } from './stores/store';

/** What a loader is given. */
export interface LoadContext {
  /** Aborted when nobody waits for the value any more, or when it takes too long. */
  readonly signal: AbortSignal;
}

/** Loads a value that is not in the cache. `undefined`: there is none. */
export type Loader<T> = (context: LoadContext) => T | PromiseLike<T>;

/** How long a lock lasts whose process is gone, in milliseconds; a load that takes longer prolongs it. */
const LOCK_TIME = 10_000;
/** How often who waits for another process's load looks, in milliseconds: more rarely with each time. */
const FIRST_LOOK = 5;
const LAST_LOOK = 100;

/** One load of one key: by this process alone, where the store can lock. */
export class Load {
  constructor(
    private readonly shelf: Shelf,
    private readonly flight: Flight,
    private readonly loader: Loader<unknown>,
    private readonly policy: Policy,
    private readonly observed: Observed,
  ) {}

  run(): Promise<Outcome> {
    const locks = this.shelf.locks(this.observed);
    return locks === undefined ? this.load() : this.loadLocked(locks);
  }

  private async load(): Promise<Outcome> {
    const { flight, observed, policy } = this;
    // Nobody waits for it any more, and others may be loading it by now.
    if (flight.isAborted) throw flight.signal.reason;
    const call = (): unknown => this.limited();
    const value = await (observed === undefined ? call() : observed.load(call));
    const kept = flight.isSuperseded ? undefined : this.shelf.keep(flight.key, value, policy, observed);
    if (kept !== undefined) await kept;
    return { value, isHit: false };
  }

  private limited(): unknown {
    const { flight, loader, policy } = this;
    const context: LoadContext = {
      get signal() {
        return flight.signal;
      },
    };
    const value = flight.run(() => loader(context));
    return isPromise(value) ? this.untilAborted(value, policy.loadTimeout) : value;
  }

  private untilAborted(value: Promise<unknown>, milliseconds: number): Promise<unknown> {
    const { flight } = this;
    const late = (): void => {
      flight.abort(new CacheTimeoutError(`the loader of '${flight.key}' took longer than ${milliseconds} ms`));
    };
    const timer = milliseconds === Infinity ? undefined : setTimeout(late, Math.min(milliseconds, LONGEST_TIMER));
    return new Promise((resolve, reject) => {
      flight.onAbort = reject;
      value.then(
        (loaded) => {
          clearTimeout(timer);
          resolve(loaded);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  /** Loads, or waits until another process has loaded. A store that fails, or a process that takes too long, is not waited for. */
  private async loadLocked(locks: Locks): Promise<Outcome> {
    const { flight, observed, policy, shelf } = this;
    const token = randomUUID();
    const until = Date.now() + policy.loadTimeout;
    for (let look = FIRST_LOOK; ; look = Math.min(look * 1.5, LAST_LOOK)) {
      // Both at once; whoever has the lock now may have had to wait for one who has loaded.
      const acquiring = this.acquire(locks, token);
      const entry = await shelf.read(flight.key, observed);
      const isMine = await acquiring;
      if (entry !== undefined && entry.expires > Date.now()) {
        if (isMine === true) void this.release(locks, token);
        observed?.joined();
        return { value: entry.value === NOTHING ? undefined : entry.value, isHit: false };
      }
      if (isMine === true) return this.loadHolding(locks, token);
      if (isMine === undefined || Date.now() > until) return this.load();
      await passes(look * (0.5 + Math.random()));
      if (flight.isAborted) throw flight.signal.reason;
    }
  }

  private async loadHolding(locks: Locks, token: string): Promise<Outcome> {
    const prolong = (): void => {
      locks.extend(this.flight.key, token, LOCK_TIME).catch(() => undefined);
    };
    const timer = setInterval(prolong, LOCK_TIME / 3).unref();
    try {
      return await this.load();
    } finally {
      clearInterval(timer);
      void this.release(locks, token);
    }
  }

  /** @returns undefined: the store failed */
  private async acquire(locks: Locks, token: string): Promise<boolean | undefined> {
    try {
      return await locks.acquire(this.flight.key, token, LOCK_TIME);
    } catch (error) {
      this.observed?.survives(error);
      return undefined;
    }
  }

  /** Nobody waits for it: if it fails, the lock ends by itself. */
  private async release(locks: Locks, token: string): Promise<void> {
    try {
      await locks.release(this.flight.key, token);
    } catch (error) {
      this.observed?.survives(error);
    }
  }
}
