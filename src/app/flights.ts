import { AsyncLocalStorage } from 'node:async_hooks';
import { CacheReentryError } from './errors';

/** The load that this happens in. */
const loading = new AsyncLocalStorage<Flight>();

/** What a flight ends with. */
export interface Outcome {
  /** `undefined`: there is none. */
  readonly value: unknown;
  /** The cache had it. */
  readonly isHit: boolean;
  /** The level of the cache that had it. */
  readonly level?: string | undefined;
}

/** One reading and loading of a key, which all who ask for it meanwhile share. */
export class Flight {
  /** It came to a load, here or in another process. */
  isLoading = false;
  /** The key was written or deleted meanwhile: what is loaded is not to be kept. */
  isSuperseded = false;
  outcome: Promise<Outcome> | undefined = undefined;
  /** Ends it at once: its loader may not listen to the signal. */
  onAbort: ((reason: unknown) => void) | undefined = undefined;
  private isOver = false;
  private waiting = 0;
  private controller: AbortController | undefined;
  /** Flights that this one's loader waits for. */
  private readonly waitsFor = new Set<Flight>();

  constructor(
    readonly key: string,
    private readonly abandoned: (flight: Flight) => void,
  ) {}

  /** Tells the loader that nobody waits for it any more, or that its time is over. */
  get signal(): AbortSignal {
    return (this.controller ??= new AbortController()).signal;
  }

  get isAborted(): boolean {
    return this.controller?.signal.aborted === true;
  }

  abort(reason: unknown): void {
    (this.controller ??= new AbortController()).abort(reason);
    this.onAbort?.(reason);
  }

  start(fly: () => Promise<Outcome>): void {
    const outer = loading.getStore();
    const land = (): void => {
      this.isOver = true;
      outer?.waitsFor.delete(this);
    };
    if (outer?.isOver === false) outer.waitsFor.add(this);
    this.outcome = fly();
    // It is shared: the failure is each waiting caller's to handle, and there may be none any more.
    this.outcome.then(land, land);
  }

  /** Runs the loader: what it asks caches for is known to be asked by it. */
  run<T>(loader: () => T): T {
    return loading.run(this, loader);
  }

  /**
   * @returns what the flight ends with, as one of those who wait for it
   * @throws CacheReentryError where it could only end when the caller has
   */
  join(signal: AbortSignal | undefined): Promise<Outcome> {
    const asking = loading.getStore();
    if (asking !== undefined && !asking.isOver && !this.isOver) {
      if (this.leadsTo(asking)) return this.refuse();
      asking.waitsFor.add(this);
    }
    // Only its own loader can ask before the loader has returned.
    if (this.outcome === undefined) return this.refuse();
    this.waiting++;
    return signal === undefined ? this.outcome : this.joinUntil(this.outcome, signal);
  }

  private refuse(): Promise<never> {
    const message = `a loader asked for '${this.key}', and waits for itself: that key waits for the loader`;
    return Promise.reject(new CacheReentryError(message));
  }

  private leadsTo(other: Flight): boolean {
    if (this === other) return true;
    for (const flight of this.waitsFor) if (flight.leadsTo(other)) return true;
    return false;
  }

  private joinUntil(outcome: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason as Error);
        this.waiting--;
        if (this.waiting > 0 || this.isOver) return;
        this.abandoned(this);
        this.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      const stay = (): void => {
        signal.removeEventListener('abort', leave);
      };
      outcome.then(
        (landed) => {
          stay();
          resolve(landed);
        },
        (error: unknown) => {
          stay();
          reject(error);
        },
      );
    });
  }
}

/** The flights of a cache, by key. */
export class Flights {
  private readonly byKey = new Map<string, Flight>();

  get(key: string): Flight | undefined {
    return this.byKey.get(key);
  }

  /** Starts one, where there is none for the key. */
  start(key: string, fly: (flight: Flight) => Promise<Outcome>): Flight {
    const flight = new Flight(key, (abandoned) => {
      this.forget(abandoned);
    });
    this.byKey.set(key, flight);
    flight.start(async () => {
      try {
        return await fly(flight);
      } finally {
        this.forget(flight);
      }
    });
    return flight;
  }

  /** What is in flight for these keys, or any, is outdated. */
  supersede(keys: Iterable<string> = this.byKey.keys()): void {
    for (const key of keys) {
      const flight = this.byKey.get(key);
      if (flight !== undefined) flight.isSuperseded = true;
      this.byKey.delete(key);
    }
  }

  private forget(flight: Flight): void {
    if (this.byKey.get(flight.key) === flight) this.byKey.delete(flight.key);
  }
}
