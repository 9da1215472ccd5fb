import type { Context } from '@opentelemetry/api';
import { type Answered, type Arrival, arrivals } from './arrivals';
import type { Client } from './client';
import { Operation } from './operation';
import type { Series } from './statistics';
import { Tally } from './tally';

/** What a client calls when a command was answered. */
export interface Answerable {
  readonly args?: ArrayLike<unknown>;
  resolve: (reply: unknown) => unknown;
  reject: (error: unknown) => unknown;
}

/**
 * A command of which no span will tell, and what its client gave it for its answer: what it takes to count it. One record instead of three (the
 * operation, who hears of it, and how it is heard), for what is written for each command is half of what one without a span costs. It
 * becomes an {@link Operation} where there is more to be told after all: of a failure, and of every answer while a report is wanted or only
 * some keys count.
 */
export class UntoldCommand implements Answered {
  settled = false;
  reply: unknown = undefined;
  next: Answered | undefined = undefined;
  /** Undefined: its answer is not heard yet. */
  command: Answerable | undefined = undefined;
  resolve: Answerable['resolve'] | undefined = undefined;
  reject: Answerable['reject'] | undefined = undefined;

  constructor(
    readonly client: Client,
    readonly series: Series,
    readonly args: ArrayLike<unknown>,
    readonly offset: number,
    readonly context: Context,
    /** As the clock's `now` tells it. */
    readonly startTime: number,
  ) {}

  get isQueued(): boolean {
    return this.command !== undefined;
  }

  /** The client has queued a command, which may be another one. */
  queued(command: Answerable): void {
    if (!this.isQueued && command.args === this.args) this.hear(command, rejected);
  }

  /**
   * Hears the answer. The client goes first, so that nothing of ours stands between it and its caller.
   * @param onRejected is told of a failure, which it hands on to {@link reject}
   */
  hear(command: Answerable, onRejected: (this: UntoldCommand, error: unknown) => void): void {
    this.command = command;
    this.resolve = command.resolve;
    this.reject = command.reject;
    // Bound, not closures: the engine has to look for a closure's code when it is first called, and each would be called once.
    command.resolve = resolved.bind(this);
    command.reject = onRejected.bind(this);
  }

  succeeded(reply: unknown): void {
    arrivals.add(this, reply);
  }

  failed(error: unknown): void {
    const { client } = this;
    client.telemetry.fail(this.toOperation(), error, client.statusCodeOf?.(error));
  }

  settle(reply: unknown, arrival?: Arrival): void {
    if (this.settled) return;
    const { telemetry } = this.client;
    if (!this.series.route.cache.onlyCounts) {
      telemetry.succeed(this.toOperation(), reply, arrival?.time);
      return;
    }
    this.settled = true;
    try {
      telemetry.tally(this, reply, this.tallyOf(arrival), arrival?.time);
    } catch (error) {
      telemetry.failed(error);
    }
  }

  private tallyOf(arrival: Arrival | undefined): Tally {
    if (arrival === undefined) return new Tally(this);
    const { tally } = arrival;
    if (tally === undefined) return (arrival.tally = new Tally(this));
    tally.next(this);
    return tally;
  }

  /** Goes on as an operation, for what has come of it takes more than counting. */
  toOperation(): Operation {
    const { client, series, args, offset, context, startTime } = this;
    const operation = new Operation(client, series, args, offset, context, false, startTime);
    operation.settled = this.settled;
    this.settled = true;
    return operation;
  }
}

function resolved(this: UntoldCommand, reply: unknown): unknown {
  const result = this.resolve!.call(this.command, reply);
  this.succeeded(reply);
  return result;
}

function rejected(this: UntoldCommand, error: unknown): void {
  this.reject!.call(this.command, error);
  this.failed(error);
}
