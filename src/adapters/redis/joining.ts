import { isNamed } from '../../redis/names';
import { endsTransaction, isQueued } from '../../redis/transactions';
import type { Selection } from '../../redis/selected-database';
import type { Audience } from './answers';
import type { Args, Queued, QueuedCommand } from './library';
import { Preceding } from './sending';
import { beginsTransaction, type Part, type Transactions } from './transactions';

/** What a pipeline hears of its members. */
export interface Pipeline {
  /** What members ask for, by their positions. */
  readonly selections: Map<number, Selection> | undefined;
  /** A member is part of a transaction, which tells of it. */
  leave(index: number): void;
}

/** The members of a pipeline that is sent while a transaction by hand may be open. */
export class Joining implements Audience {
  private readonly members: readonly Member[];
  private taken = 0;

  constructor(members: readonly Queued[], pipeline: Pipeline, transactions: Transactions) {
    this.members = members.map(({ args }, index) => new Member(args, index, pipeline, transactions));
  }

  queued(command: QueuedCommand): void {
    this.members[this.taken]?.queued(command);
  }

  /** The client has taken the next member, and handles the failure of its promise itself. */
  took(promise: Promise<unknown>): void {
    const member = this.members[this.taken++];
    // Before 5 there is no list that it would have passed.
    if (member?.isQueued !== false) return;
    void promise.then(
      (reply) => member.succeeded(reply),
      (error: unknown) => member.failed(error),
    );
  }
}

/** Its answer shows whether it is part of the transaction. */
class Member extends Preceding {
  /** Undefined: a transaction that begins within the pipeline is told by that. */
  private readonly part: Part | undefined;

  constructor(
    args: Args,
    private readonly index: number,
    private readonly pipeline: Pipeline,
    private readonly transactions: Transactions,
  ) {
    super(args);
    const name = String(args[0]);
    if (beginsTransaction(name)) this.part = undefined;
    else if (endsTransaction(name)) this.part = transactions.conclusion(isNamed(name, 'exec'));
    else this.part = transactions.member(args);
  }

  succeeded(reply: unknown): void {
    const { pipeline, index } = this;
    const selection = pipeline.selections?.get(index);
    if (selection !== undefined && isQueued(reply) && this.transactions.selects(selection)) {
      pipeline.selections?.delete(index);
    }
    if (this.part?.succeeded(reply) === true) pipeline.leave(index);
  }

  failed(error: unknown): void {
    if (this.part?.failed(error) === true) this.pipeline.leave(this.index);
  }
}
