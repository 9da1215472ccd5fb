import { now } from './clock';
import type { Tally } from './tally';

/**
 * The answers in one piece that came from the network. A client that has several commands in flight reads such a piece whole, before
 * any code of the application hears of an answer. So they are settled together when it has been read: they arrived at one time,
 * for which the clock is read once, and the processor finds our code in its caches, which between two commands of a client
 * it does not (a sixth of what an operation without a span costs).
 */
class Arrivals {
  private isOpen = false;
  private piece: Piece | undefined = undefined;

  /**
   * A piece begins.
   * @returns false: it is part of another one
   */
  open(): boolean {
    if (this.isOpen || this.piece !== undefined) return false;
    return (this.isOpen = true);
  }

  /** The piece has been read. */
  close(): void {
    this.isOpen = false;
    if (this.piece !== undefined) this.settle(this.piece);
  }

  /** A command was answered: it is settled with the piece that is being read, at once where there is none. */
  add(answered: Answered, reply: unknown): void {
    if (!this.isOpen) {
      answered.settle(reply);
      return;
    }
    if (this.piece === undefined) this.piece = new Piece(answered, now());
    else if (!this.piece.append(answered)) return;
    answered.reply = reply;
  }

  private settle(piece: Piece): void {
    let next: Answered | undefined = piece.first;
    while (next !== undefined) {
      const answered: Answered = next;
      const { reply } = answered;
      next = answered.next;
      // A command that somebody keeps is not to keep the others.
      answered.next = answered.reply = undefined;
      answered.settle(reply, piece);
    }
    this.piece = undefined;
  }
}

/** A command that was answered. */
export interface Answered {
  reply: unknown;
  /** What was answered after it in the same piece. */
  next: Answered | undefined;
  /** @param arrival undefined: it is answered now, by itself */
  settle(reply: unknown, arrival?: Arrival): void;
}

/** A piece from the network, for the commands that were answered in it. */
export interface Arrival {
  /** When it arrived, as the clock's {@link now} tells it. */
  readonly time: number;
  /** What its commands of which no span tells are counted by, one after the other. */
  tally: Tally | undefined;
}

/** Made anew for each: to put what is young into what is old takes the engine longer. */
class Piece implements Arrival {
  tally: Tally | undefined = undefined;
  private last: Answered;

  constructor(
    readonly first: Answered,
    readonly time: number,
  ) {
    this.last = first;
  }

  /** @returns false: it is in already, for its client answers it twice */
  append(answered: Answered): boolean {
    if (answered.next !== undefined || answered === this.last) return false;
    this.last = this.last.next = answered;
    return true;
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
