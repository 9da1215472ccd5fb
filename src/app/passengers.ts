import { type Abortable, ignoreAbort, listenToAbort } from './abort-listeners';
import { CacheReentryError } from './errors';
import type { Flight, Outcome } from './flights';
import type { Observed } from './stores/store';
import { Limited, TimeLimit } from './time-limits';

/** How long a loader may wait for what seems to wait for it, in milliseconds. */
const REENTRY_TIME = 1000;

/** Who waits for a flight. */
export interface Passenger {
  landed(outcome: Outcome): void;
  failed(error: unknown): void;
}

let resolveNew: (value: unknown) => void;
let rejectNew: (error: unknown) => void;
/** One for all calls: the promise runs it at once. */
const take = (resolve: typeof resolveNew, reject: typeof rejectNew): void => {
  resolveNew = resolve;
  rejectNew = reject;
};

/** A call whose caller waits. */
export class Call implements Passenger {
  readonly promise: Promise<unknown>;
  private readonly resolve: typeof resolveNew;
  private readonly reject: typeof rejectNew;

  constructor(
    private readonly flight: Flight,
    /** The flight was on its way already. */
    private readonly isJoining: boolean,
    private readonly observed: Observed,
  ) {
    this.promise = new Promise(take);
    this.resolve = resolveNew;
    this.reject = rejectNew;
  }

  landed({ value, isHit, level }: Outcome): void {
    const { observed } = this;
    if (observed !== undefined) {
      if (this.isJoining && !isHit) observed.joined();
      if (level !== undefined) observed.answeredBy(level);
      observed.lookup(this.flight.key, isHit);
      observed.succeed();
    }
    this.resolve(value);
  }

  failed(error: unknown): void {
    const { flight, observed } = this;
    if (flight.isLoading) observed?.lookup(flight.key, false);
    observed?.fail(error);
    this.reject(error);
  }
}

/** A passenger that may leave before the end. */
export class Waiting extends Limited implements Passenger, Abortable {
  private isOver = false;
  private readonly limit: TimeLimit | undefined;

  /**
   * @param mayWaitForItself the flight may only end when its passenger has. Whether that is so nobody can know: a loader need not wait
   * for all that it begins. So it has some time.
   */
  constructor(
    private readonly flight: Flight,
    private readonly passenger: Passenger,
    private readonly signal: AbortSignal | undefined,
    mayWaitForItself: boolean,
  ) {
    super();
    if (signal !== undefined) listenToAbort(signal, this);
    this.limit = mayWaitForItself ? TimeLimit.of(REENTRY_TIME) : undefined;
    this.limit?.begin(this);
  }

  landed(outcome: Outcome): void {
    if (this.ends()) this.passenger.landed(outcome);
  }

  failed(error: unknown): void {
    if (this.ends()) this.passenger.failed(error);
  }

  override late(): void {
    const message = `a loader waits for itself: it asked for '${this.flight.key}', and that key waits for the loader`;
    this.leave(new CacheReentryError(message));
  }

  aborted(reason: unknown): void {
    this.leave(reason);
  }

  private leave(reason: unknown): void {
    if (!this.ends()) return;
    this.passenger.failed(reason);
    this.flight.left(reason);
  }

  private ends(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    if (this.signal !== undefined) ignoreAbort(this.signal, this);
    this.limit?.end(this);
    return true;
  }
}
