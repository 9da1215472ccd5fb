import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, createContextKey } from '@opentelemetry/api';
import { LinkedContext, linkedValue } from '../telemetry/app-level/linked-context';
import { contextNow, runInContext } from '../telemetry/callers-context';
import { type Passenger, Waiting } from './passengers';

/** What a flight ends with. */
export interface Outcome {
  /** `undefined`: there is none. */
  readonly value: unknown;
  /** The cache had it. */
  readonly isHit: boolean;
  /** The level of the cache that had it. */
  readonly level: string | undefined;
}

/** What a flight has begun, that has to end with it. */
interface Begun {
  /** The flight ends before what it waits for. */
  aborted(reason: unknown): void;
  over(): void;
}

/** What the loader of a flight is called by. */
interface Loading {
  readonly flight: Flight;
  callLoader(): unknown;
}

const FLIGHT = createContextKey('opentelemetry-instrumentation-cache load');
/** The load that this happens in, where no context manager is registered: a second storage makes every promise dearer. */
const inFlight = new AsyncLocalStorage<Flight>();

/** @param active the active context, where it is at hand */
function asking(active: Context | undefined): Flight | undefined {
  try {
    return (linkedValue(active ?? contextNow(), FLIGHT) as Flight | undefined) ?? inFlight.getStore();
  } catch {
    // A context manager of the application's that fails must not keep it from its value.
    return inFlight.getStore();
  }
}

/** Where the flight's context has not become the active one, its loader is known by the storage. */
const callLoader = (loading: Loading): unknown =>
  asking(undefined) === loading.flight
    ? loading.callLoader()
    : inFlight.run(loading.flight, () => loading.callLoader());

/** One reading and loading of a key, which all who ask for it meanwhile share. */
export class Flight implements Passenger {
  /** It came to a load, here or in another process. */
  isLoading = false;
  /** The key was written or deleted meanwhile: what is loaded is not to be kept. */
  isSuperseded = false;
  /** Its value is there, and is being kept: whether anybody waits makes no difference any more. */
  isLoaded = false;
  isOver = false;
  /** @internal It is in the list of flights: others who ask for its key join it. */
  isListed = true;
  begun: Begun | undefined = undefined;
  private waiting = 0;
  private first: Passenger | undefined = undefined;
  private others: Passenger[] | undefined = undefined;
  private controller: AbortController | undefined = undefined;
  /** Flights that this one's loader waits for. */
  private waitsFor: Set<Flight> | undefined = undefined;
  /** The flight whose loader asked for this one. */
  private asker: Flight | undefined = undefined;

  constructor(
    readonly key: string,
    private readonly flights: Flights,
  ) {}

  /** Tells the loader that nobody waits for it any more, or that its time is over. */
  get signal(): AbortSignal {
    return (this.controller ??= new AbortController()).signal;
  }

  /** Ends it at once: its loader may not listen to the signal. */
  abort(reason: unknown): void {
    if (this.isOver) return;
    this.flights.forget(this);
    (this.controller ??= new AbortController()).abort(reason);
    this.begun?.aborted(reason);
    this.failed(reason);
  }

  /**
   * Calls the loader: what it asks caches for is known to be asked by it.
   * @param parent the context that it is to run in
   */
  run(parent: Context, loading: Loading): unknown {
    return runInContext(new LinkedContext(parent, FLIGHT, this), callLoader, loading);
  }

  /**
   * @param passenger waits from now on for what the flight ends with
   * @param active the active context, where it is at hand
   */
  join(passenger: Passenger, signal?: AbortSignal, active?: Context): void {
    const asker = asking(active);
    const isAsked = asker !== undefined && !asker.isOver;
    const mayWaitForItself = isAsked && this.leadsTo(asker);
    if (isAsked && !mayWaitForItself) this.isWaitedForBy(asker);
    this.waiting++;
    if (signal === undefined && !mayWaitForItself) this.board(passenger);
    else this.board(new Waiting(this, passenger, signal, mayWaitForItself));
  }

  /** Ends as another one does. */
  follow(other: Flight): void {
    other.isWaitedForBy(this);
    other.join(this);
  }

  /**
   * It is to wait for another flight, which holds the lock of its key.
   * @returns false: that one waits for this one
   */
  mayAwait(holder: Flight): boolean {
    if (holder.leadsTo(this)) return false;
    (this.waitsFor ??= new Set()).add(holder);
    return true;
  }

  private isWaitedForBy(asker: Flight): void {
    (asker.waitsFor ??= new Set()).add(this);
    this.asker ??= asker;
  }

  private board(passenger: Passenger): void {
    if (this.first === undefined) this.first = passenger;
    else (this.others ??= []).push(passenger);
  }

  private leadsTo(other: Flight): boolean {
    if (this === other) return true;
    if (this.waitsFor === undefined) return false;
    // Each once, however many ways lead to it: it grows while it is gone through.
    const found = new Set<Flight>([this]);
    for (const { waitsFor = [] } of found) for (const flight of waitsFor) if (!flight.isOver) found.add(flight);
    return found.has(other);
  }

  /** Somebody waits no longer. */
  left(reason: unknown): void {
    if (--this.waiting === 0 && !this.isLoaded) this.abort(reason);
  }

  landed(outcome: Outcome): void {
    const { first, others } = this;
    if (!this.ends()) return;
    first?.landed(outcome);
    if (others !== undefined) for (const passenger of others) passenger.landed(outcome);
  }

  failed(error: unknown): void {
    const { first, others } = this;
    if (!this.ends()) return;
    first?.failed(error);
    if (others !== undefined) for (const passenger of others) passenger.failed(error);
  }

  private ends(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.asker?.waitsFor?.delete(this);
    this.flights.forget(this);
    this.begun?.over();
    // What goes on after its loader has ended may hold the flight: it holds no callers then.
    this.begun = this.first = this.others = undefined;
    return true;
  }
}

/** The flights of a cache, by key. */
export class Flights {
  private readonly byKey = new Map<string, Flight>();

  get(key: string): Flight | undefined {
    return this.byKey.get(key);
  }

  /** Starts one, where there is none for the key. */
  start(key: string): Flight {
    const flight = new Flight(key, this);
    this.byKey.set(key, flight);
    return flight;
  }

  /**
   * What is in flight for these keys, or any, is outdated: who asks from now on is to have what is there now.
   * @param onlyReads what is being loaded is not
   */
  supersede(keys: Iterable<string> = this.byKey.keys(), onlyReads = false): void {
    for (const key of keys) {
      const flight = this.byKey.get(key);
      if (flight === undefined || (onlyReads && flight.isLoading)) continue;
      flight.isSuperseded = true;
      this.forget(flight);
    }
  }

  forget(flight: Flight): void {
    if (!flight.isListed) return;
    flight.isListed = false;
    this.byKey.delete(flight.key);
  }
}
