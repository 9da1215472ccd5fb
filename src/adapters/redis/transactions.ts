import { replyErrorPrefix } from '../../redis/errors';
import { isNamed } from '../../redis/names';
import { endsTransaction, isQueued } from '../../redis/transactions';
import type { Selection } from '../../redis/selected-database';
import type { Client as Described } from '../../telemetry/client';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Known } from './clients';
import type { Args, Client } from './library';
import { type Listener, Preceding, Sending } from './sending';
import { Transaction } from './transaction';

const MULTI = 'multi';
const EXEC = 'exec';

/** What the answer to a command tells of a transaction. @returns whether the command is part of one */
export interface Part {
  succeeded(reply: unknown): boolean;
  failed(error: unknown): boolean;
}

/**
 * The transactions of one connection, as the answers tell of them, which come in the order in which the server has seen the commands. Made
 * when MULTI is called, and forgotten when there is none any more: what is called meanwhile may be a member.
 */
export class Transactions {
  private unanswered = 0;
  private open: Transaction | undefined;
  /** Why the last MULTI failed: with a connection everything that is in flight fails. */
  private failure: unknown;

  constructor(private readonly facts: Known) {}

  /** MULTI is called. */
  begin(transaction: Transaction): Part {
    this.unanswered++;
    const answered = (): void => {
      this.unanswered--;
      this.forget();
    };
    return {
      succeeded: () => {
        this.open?.mistaken();
        this.open = transaction;
        transaction.begun();
        answered();
        return true;
      },
      failed: (error) => {
        this.failure = error;
        transaction.mistaken(error);
        answered();
        return true;
      },
    };
  }

  /**
   * The server has put a command into a transaction that asks for a database.
   * @returns whether EXEC will tell what becomes of it
   */
  selects(selection: Selection): boolean {
    this.open?.selects(selection);
    return this.open !== undefined;
  }

  /** A command is called that may be a member. */
  member(args: Args): Part {
    return {
      succeeded: (reply) => {
        const { open } = this;
        if (open === undefined) return false;
        if (!isQueued(reply)) {
          this.close();
          open.mistaken();
          return false;
        }
        open.add(args);
        return true;
      },
      failed: (error) => {
        if (this.open === undefined) return error === this.failure;
        this.open.addFailed(args, error);
        return true;
      },
    };
  }

  /** What ends a transaction is called, for good or ill. */
  conclusion(executes: boolean): Part {
    return {
      succeeded: (reply) => {
        const open = this.close();
        if (executes) open?.executed(reply);
        else open?.aborted();
        return open !== undefined;
      },
      failed: (error) => {
        if (this.open === undefined) return error === this.failure;
        // Whyever it refuses EXEC, the server discards the transaction; DISCARD may be called once more.
        if (!executes && replyErrorPrefix(error) !== undefined) return false;
        this.close()?.failed(error);
        return true;
      },
    };
  }

  /** The connection is gone. */
  lost(error: unknown): void {
    this.close()?.failed(error);
  }

  private close(): Transaction | undefined {
    const { open } = this;
    this.open = undefined;
    this.forget();
    return open;
  }

  private forget(): void {
    const { facts } = this;
    if (this.unanswered === 0 && this.open === undefined && facts.transactions === this) facts.transactions = undefined;
  }
}

/** A command that is called while there may be a transaction: its answer shows whether it is part of that. */
class Doubtful extends Preceding {
  /** @param alone hears of the same command as one by itself; undefined: it would be ignored */
  constructor(
    args: Args,
    private readonly part: Part,
    private readonly alone: Listener | undefined,
  ) {
    super(args);
  }

  succeeded(reply: unknown): void {
    if (this.part.succeeded(reply)) this.drop();
    else this.alone?.succeeded(reply);
  }

  failed(error: unknown): void {
    if (this.part.failed(error)) this.drop();
    else this.alone?.failed(error);
  }

  /** A call that it was made for would tell of it when that ends. */
  private drop(): void {
    if (this.alone instanceof Sending) this.alone.operation.settled = true;
  }
}

/** @param name of a command that is called */
export function beginsTransaction(name: string): boolean {
  return isNamed(name, MULTI);
}

/**
 * Takes a command into the transactions of its connection, where there may be one or where the command begins one.
 * @param alone hears of the command if it turns out to be no part of one
 */
export function joinTransactions(
  client: Client,
  facts: Known,
  described: Described,
  args: Args,
  telemetry: Telemetry,
  alone: Listener | undefined,
): Listener {
  const transactions = (facts.transactions ??= new Transactions(facts));
  const name = String(args[0]);
  if (beginsTransaction(name)) {
    const begun = transactions.begin(new Transaction(client, facts, described, telemetry));
    return new Doubtful(args, begun, alone);
  }
  const part = endsTransaction(name) ? transactions.conclusion(isNamed(name, EXEC)) : transactions.member(args);
  return new Doubtful(args, part, alone);
}
