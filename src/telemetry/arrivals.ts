import { now } from './clock';
import type { Operation } from './operation';

/**
 * The answers in one piece that came from the network. A client that has several commands in flight reads such a piece whole, before
 * any code of the application hears of an answer. So they are settled together when it has been read: they arrived at one time,
 * for which the clock is read once, and the processor finds our code in its caches, which between two commands of a client
 * it does not (a sixth of what an operation without a span costs).
 */
class Arrivals {
  private isOpen = false;
  /** As the clock's {@link now} tells it. */
  private time = 0;
  /** Operations and their replies in turn. Anew for each piece: to put what is young into what is old takes the engine longer. */
  private waiting: unknown[] | undefined = undefined;

  /**
   * A piece begins.
   * @returns false: it is part of another one
   */
  open(): boolean {
    if (this.isOpen || this.waiting !== undefined) return false;
    return (this.isOpen = true);
  }

  /** The piece has been read. */
  close(): void {
    this.isOpen = false;
    if (this.waiting !== undefined) this.settle(this.waiting);
  }

  /** An operation was answered: it is settled with the piece that is being read, at once where there is none. */
  add(operation: Operation, reply: unknown): void {
    if (!this.isOpen) {
      operation.client.telemetry.succeed(operation, reply);
      return;
    }
    if (this.waiting !== undefined) {
      this.waiting.push(operation, reply);
      return;
    }
    this.waiting = [operation, reply];
    this.time = now();
  }

  private settle(waiting: unknown[]): void {
    const { time } = this;
    for (let at = 0; at < waiting.length; at += 2) {
      const operation = waiting[at] as Operation;
      operation.client.telemetry.succeed(operation, waiting[at + 1], time);
    }
    this.waiting = undefined;
  }
}

export const arrivals = new Arrivals();

/** How a client reads a piece from the network. */
export type Reads = (this: object, piece: unknown) => unknown;

/** What stands in for the method by which a client reads a piece from the network. */
export function readingWhole(original: Reads): Reads {
  return function read(this: object, piece: unknown): unknown {
    const begins = arrivals.open();
    try {
      return original.call(this, piece);
    } finally {
      if (begins) arrivals.close();
    }
  };
}
