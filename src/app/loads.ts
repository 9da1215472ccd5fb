import { randomUUID } from 'node:crypto';
import { setTimeout as passes } from 'node:timers/promises';
import type { Context } from '@opentelemetry/api';
import { activeContext } from '../telemetry/callers-context';
import type { Step } from '../telemetry/app-level/steps';
import { CacheTimeoutError } from './errors';
import type { Flight } from './flights';
import type { Policy } from './options';
import type { Shelf } from './shelf';
import { type Acquired, isPromise, type Locks, type Observed, valueIn } from './stores/store';
import { Limited, TimeLimit } from './time-limits';

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

/** What loaders are given: the signal is made when it is asked for. */
class SignalOf implements LoadContext {
  readonly #flight: Flight;

  constructor(flight: Flight) {
    this.#flight = flight;
  }

  get signal(): AbortSignal {
    return this.#flight.signal;
  }
}

/** One load of one key: by this process alone, where the store can lock. */
export class Load extends Limited {
  private step: Step | undefined = undefined;
  private limit: TimeLimit | undefined = undefined;
  private release: ((hasKept: boolean) => void) | undefined = undefined;

  constructor(
    private readonly shelf: Shelf,
    readonly flight: Flight,
    private readonly loader: Loader<unknown>,
    private readonly policy: Policy,
    private readonly observed: Observed,
  ) {
    super();
  }

  /** Ends the flight, now or later. */
  run(): void {
    const locks = this.shelf.locks(this.observed);
    if (locks === undefined) this.load();
    else void this.loadLocked(locks);
  }

  private load(): void {
    const { flight, observed, policy } = this;
    flight.begun = this;
    if (observed !== undefined) observed.goesOn = true;
    this.step = observed?.loads();
    try {
      const value = this.call();
      if (!isPromise(value)) {
        this.loaded(value);
        return;
      }
      this.limit = TimeLimit.of(policy.loadTimeout);
      this.limit?.begin(this);
      value.then(
        (one) => {
          this.loaded(one);
        },
        (error: unknown) => {
          this.failed(error);
        },
      );
    } catch (error) {
      this.failed(error);
    }
  }

  private call(): unknown {
    const { step } = this;
    return step === undefined ? Load.run(activeContext(), this) : step.call(Load.run, this);
  }

  private static readonly run = (inside: Context, load: Load): unknown => load.flight.run(inside, load);

  /** @internal */
  callLoader(): unknown {
    const { flight, loader } = this;
    return loader(new SignalOf(flight));
  }

  private loaded(value: unknown): void {
    const { flight, observed, policy, shelf } = this;
    // Nobody waits for it any more, and others may have loaded it by now.
    if (flight.isOver) return;
    this.limit?.end(this);
    this.step?.succeeded();
    const outcome = { value, isHit: false, level: undefined };
    try {
      const kept = flight.isSuperseded ? undefined : shelf.keep(flight.key, value, policy, observed);
      // Sent right behind the value, so that nobody has to wait for that to be answered.
      if (kept !== undefined) this.release?.(true);
      if (kept === undefined) flight.landed(outcome);
      else
        kept.then(
          () => flight.landed(outcome),
          (error: unknown) => flight.failed(error),
        );
    } catch (error) {
      flight.failed(error);
    }
  }

  private failed(error: unknown): void {
    if (this.flight.isOver) return;
    this.step?.failed(error);
    this.flight.failed(error);
  }

  override late(): void {
    const { flight, policy } = this;
    flight.abort(new CacheTimeoutError(`the loader of '${flight.key}' took longer than ${policy.loadTimeout} ms`));
  }

  aborted(reason: unknown): void {
    this.step?.failed(reason);
  }

  over(): void {
    if (this.observed !== undefined) this.observed.goesOn = false;
    this.limit?.end(this);
    this.release?.(false);
  }

  /** Loads, or waits until another process has loaded. A store that fails, or a process that takes too long, is not waited for. */
  private async loadLocked(locks: Locks): Promise<void> {
    const { flight, observed, policy, shelf } = this;
    const token = randomUUID();
    const until = Date.now() + policy.loadTimeout;
    try {
      for (let look = FIRST_LOOK; ; look = Math.min(look * 1.5, LAST_LOOK)) {
        const acquired = await this.acquire(locks, token);
        const isMine = acquired?.isMine;
        // Whoever has the lock now may have had to wait for one who has loaded.
        const entry = acquired?.mayHaveValue === true ? await shelf.read(flight.key, observed) : undefined;
        const isThere = entry !== undefined && entry.expires > Date.now();
        if (isThere || flight.isOver) {
          if (isMine === true) void this.unlock(locks, token);
          if (!isThere) return;
          observed?.joined();
          flight.landed({ value: valueIn(entry), isHit: false, level: undefined });
          return;
        }
        if (isMine === true) this.hold(locks, token);
        if (isMine !== false || Date.now() > until) {
          this.load();
          return;
        }
        await passes(look * (0.5 + Math.random()));
        if (flight.isOver) return;
      }
    } catch (error) {
      flight.failed(error);
    }
  }

  /** Keeps the lock until the value was written, or the flight is over. */
  private hold(locks: Locks, token: string): void {
    const prolong = (): void => void this.prolong(locks, token);
    const timer = setInterval(prolong, LOCK_TIME / 3).unref();
    this.release = (hasKept) => {
      this.release = undefined;
      clearInterval(timer);
      void this.unlock(locks, token, hasKept);
    };
  }

  private async prolong(locks: Locks, token: string): Promise<void> {
    const { flight } = this;
    try {
      if (!(await locks.extend(flight.key, token, LOCK_TIME))) flight.isSuperseded = true;
    } catch {
      // The lock lasts until the next time, or ends.
    }
  }

  /** @returns undefined: the store failed */
  private async acquire(locks: Locks, token: string): Promise<Acquired | undefined> {
    try {
      return await locks.acquire(this.flight.key, token, LOCK_TIME);
    } catch (error) {
      this.observed?.survives(error);
      return undefined;
    }
  }

  /**
   * Nobody waits for it: if it fails, the lock ends by itself.
   * @param hasKept the value has just been written. If the lock was taken away by then, the value is one that somebody has written over
   * or deleted.
   */
  private async unlock(locks: Locks, token: string, hasKept = false): Promise<void> {
    const { flight, observed, shelf } = this;
    try {
      const wasMine = await locks.release(flight.key, token);
      if (hasKept && !wasMine) await shelf.remove(flight.key, observed);
    } catch (error) {
      observed?.survives(error);
    }
  }
}
