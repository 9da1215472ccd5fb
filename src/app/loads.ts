import { setTimeout as passes } from 'node:timers/promises';
import type { Context } from '@opentelemetry/api';
import { activeContext } from '../telemetry/callers-context';
import type { Step } from '../telemetry/app-level/steps';
import { CacheTimeoutError } from './errors';
import type { Flight } from './flights';
import { KeyLock } from './key-lock';
import type { Policy } from './options';
import type { Shelf } from './shelf';
import { isPromise, type Locks, type Observed, valueIn } from './stores/store';
import { Limited, TimeLimit } from './time-limits';

/** What a loader is given. */
export interface LoadContext {
  /** Aborted when nobody waits for the value any more, or when it takes too long. */
  readonly signal: AbortSignal;
}

/** Loads a value that is not in the cache. `undefined`: there is none. */
export type Loader<T> = (context: LoadContext) => T | PromiseLike<T>;

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
  /** What it holds. */
  private lock: KeyLock | undefined = undefined;
  /** Another process loads. */
  private isWaiting = false;

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
    const { observed } = this;
    this.flight.begun = this;
    if (observed !== undefined) observed.goesOn = true;
    const locks = this.shelf.locks(observed);
    if (locks === undefined) this.load();
    else void this.loadLocked(locks);
  }

  private load(): void {
    this.isWaiting = false;
    this.step = this.observed?.loads();
    try {
      const value = this.call();
      if (!isPromise(value)) {
        this.loaded(value);
        return;
      }
      if (this.endsAt === 0) this.begin();
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

  private begin(): void {
    this.limit = TimeLimit.of(this.policy.loadTimeout);
    this.limit?.begin(this);
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
      if (kept === undefined) {
        flight.landed(outcome);
        return;
      }
      flight.isLoaded = true;
      const { lock } = this;
      this.lock = undefined;
      void lock?.releaseBehind(kept);
      kept.then(
        () => {
          // The key was written or deleted while the value was: not every store does in order what it is asked for.
          if (lock === undefined && flight.isSuperseded) void shelf.remove(flight.key, observed);
          flight.landed(outcome);
        },
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
    const { flight, isWaiting, policy } = this;
    const what = isWaiting ? 'a load of another process' : 'a load';
    // Telemetry shows no more of it than what comes before the key.
    flight.abort(new CacheTimeoutError(`${what} took longer than ${policy.loadTimeout} ms: that of '${flight.key}'`));
  }

  aborted(reason: unknown): void {
    this.step?.failed(reason);
  }

  over(): void {
    if (this.observed !== undefined) this.observed.goesOn = false;
    this.limit?.end(this);
    void this.lock?.release();
  }

  /** Loads, or waits until another process has loaded, for no longer than it may take to load. A store that fails is not waited for. */
  private async loadLocked(locks: Locks): Promise<void> {
    const { flight, observed, policy, shelf } = this;
    const lock = new KeyLock(locks, shelf, flight, observed, policy.loadTimeout);
    this.begin();
    try {
      for (let look = FIRST_LOOK; ; look = Math.min(look * 1.5, LAST_LOOK)) {
        const acquired = await lock.acquire();
        const isMine = acquired?.isMine === true;
        // Whoever has the lock now may have had to wait for one who has loaded.
        const entry = acquired?.mayHaveValue === true ? await shelf.read(flight.key, observed) : undefined;
        const isThere = entry !== undefined && entry.expires > Date.now();
        if (isThere || flight.isOver) {
          if (isMine) void lock.release();
          if (!isThere) return;
          observed?.joined();
          flight.landed({ value: valueIn(entry), isHit: false, level: undefined });
          return;
        }
        if (isMine) {
          lock.hold();
          this.lock = lock;
        }
        if (isMine || acquired === undefined || !lock.mayAwait(acquired)) {
          this.load();
          return;
        }
        this.isWaiting = true;
        await passes(look * (0.5 + Math.random()));
        if (flight.isOver) return;
      }
    } catch (error) {
      flight.failed(error);
    }
  }
}
