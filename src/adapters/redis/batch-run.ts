import { replyErrorPrefix } from '../../redis/errors';
import { isQueued } from '../../redis/transactions';
import { databaseAskedBy, type Selection } from '../../redis/selected-database';
import type { Batch, Member } from '../../telemetry/batch';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Route, Series } from '../../telemetry/statistics';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Taker } from './answers';
import type { Known } from './clients';
import { Joining } from './joining';
import type { Args, Client, Queued } from './library';
import { sendOn, type Wait } from './sending';

/** A member asks for a database: what becomes of that, and the way of the members behind it. */
type Select = (database: number) => { readonly selection: Selection; readonly route: Route | undefined };

/**
 * One batch from `exec()` to its answer: one operation. What its members did is read from the answer as a whole: to hear each of them
 * would take three objects more for each.
 */
export class BatchRun implements Taker {
  private readonly members: readonly Queued[];
  private readonly series: Series[];
  private isQueued = false;
  /** A pipeline may have members that are put into a transaction, for one is begun by a member or by hand. */
  private mayQueue = false;
  /** The members' own answers, which the client waits for; what one says is of interest if another, or EXEC, has failed. */
  private readonly promises: Promise<unknown>[];
  /** The answer of EXEC: it may tell of what was carried out though the client has failed with a member. */
  private execution: Promise<unknown> | undefined;
  private taken = 0;
  private wait: Wait | undefined;
  /** By the position of the member. */
  selections: Map<number, Selection> | undefined;
  /** Undefined: its members can be part of no transaction that was begun before. */
  joining: Joining | undefined;
  /** The positions of members that are part of such a one. */
  private readonly gone = new Set<number>();

  /** @param select undefined: the batch is not sent */
  constructor(
    private readonly batch: Batch,
    commands: readonly Queued[],
    private readonly telemetry: Telemetry,
    select?: Select,
  ) {
    let { route } = batch.operation.series;
    // In 4.0 the commands around a transaction are among its members.
    this.members = batch.kind === 'MULTI' && commands[0]?.args[0] === 'MULTI' ? commands.slice(1, -1) : commands;
    this.series = this.members.map(({ args }, index) => {
      const name = String(args[0]);
      const series = route.named(name);
      batch.add(series, args, 1);
      if (series.command.name === 'MULTI') this.mayQueue = true;
      const database = databaseAskedBy(name, args, 1);
      if (database !== undefined && select !== undefined) {
        const selected = select(database);
        (this.selections ??= new Map()).set(index, selected.selection);
        route = selected.route ?? route;
      }
      return series;
    });
    if (this.isIgnored) batch.operation.settled = true;
    // Of its full length at once: to grow it costs as much as to read a reply.
    this.promises = new Array<Promise<unknown>>(this.members.length);
  }

  /** A pipeline of nothing but what would be ignored as single calls. */
  get isIgnored(): boolean {
    return this.batch.kind === 'PIPELINE' && this.batch.idle;
  }

  sendOn(client: Client, facts: Known): void {
    const { transactions } = facts;
    const mayJoin = transactions !== undefined && this.batch.kind === 'PIPELINE';
    this.joining = mayJoin ? new Joining(this.members, this, transactions) : undefined;
    if (mayJoin) this.mayQueue = true;
    this.wait = sendOn(client, facts, this.batch.operation);
  }

  /** A cluster sends the whole batch once more, elsewhere. */
  sendAgain(client: Client, facts: Known): void {
    this.batch.retry();
    this.taken = 0;
    this.execution = undefined;
    this.sendOn(client, facts);
  }

  took(args: Args, promise: Promise<unknown>): void {
    this.isQueued = true;
    const { members, taken } = this;
    if (taken === members.length) {
      this.execution = promise;
      return;
    }
    if (members[taken]!.args !== args) return;
    this.promises[this.taken++] = promise;
    this.joining?.took(promise);
  }

  /** A transaction that was begun before tells of a member. */
  leave(index: number): void {
    this.gone.add(index);
  }

  private *rest(): Iterable<Member> {
    for (let index = 0; index < this.members.length; index++) {
      const { args } = this.members[index]!;
      if (!this.gone.has(index)) yield { series: this.series[index]!, args, offset: 1, procedure: undefined };
    }
  }

  /** @param replies the members', or what EXEC answered; null: the transaction was aborted by WATCH */
  answered(replies: unknown): void {
    this.wait?.answered(this.batch.operation);
    if (replies === null) this.batch.abort();
    if (Array.isArray(replies)) this.countAll(replies);
  }

  private countAll(replies: readonly unknown[]): void {
    if (this.mayQueue && this.batch.kind === 'PIPELINE') {
      this.countQueued(replies);
      return;
    }
    for (let index = 0; index < this.members.length; index++) this.count(index, replies[index]);
  }

  /**
   * What members did that were put into a transaction, stands in the answer of the EXEC that follows them.
   * @param executed what EXEC answered that is no member
   */
  private countQueued(replies: readonly unknown[], executed?: unknown): void {
    if (this.gone.size > 0) this.batch.keep(this.rest());
    let queued: number[] = [];
    for (let index = 0; index < this.members.length; index++) {
      const reply = replies[index];
      if (this.gone.has(index)) {
        if (!(reply instanceof Error)) this.selections?.get(index)?.accept();
        continue;
      }
      if (isQueued(reply)) {
        queued.push(index);
        continue;
      }
      const { name } = this.series[index]!.command;
      if (name !== 'EXEC' || !this.countExecuted(queued, reply)) this.count(index, reply);
      if (name === 'EXEC' || name === 'DISCARD') queued = [];
    }
    this.countExecuted(queued, executed);
  }

  /** @returns whether this is the answer of EXEC to those members */
  private countExecuted(queued: readonly number[], executed: unknown): boolean {
    if (!Array.isArray(executed) || executed.length !== queued.length) return false;
    queued.forEach((member, place) => {
      this.count(member, executed[place]);
    });
    return true;
  }

  /** @param error why the batch failed: with the first of its members, whose others are still to be answered */
  end(error: unknown): void {
    if (error === undefined || this.taken === 0 || isAbort(error)) {
      this.finish(error);
      return;
    }
    // Nothing of the application's: the client handles the members' failures by `Promise.all`.
    void Promise.allSettled([...this.promises.slice(0, this.taken), this.execution]).then((outcomes) => {
      const replies = outcomes.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as unknown)));
      const executed = replies.pop();
      if (this.batch.kind === 'MULTI') this.countQueued(replies, executed);
      else this.countAll(replies);
      this.finish(error);
    });
  }

  /** @param reply an error of the server is a failure */
  private count(index: number, reply: unknown): void {
    if (reply instanceof Error) {
      this.fail(index, reply);
      return;
    }
    const selection = this.selections?.get(index);
    selection?.accept();
    const { args } = this.members[index]!;
    const done = this.telemetry.memberSucceeded(this.batch, this.series[index]!, args, 1, reply);
    if (done !== undefined) foreignSpans.describe(done, args);
  }

  private fail(index: number, error: unknown): void {
    if (this.selections?.has(index) === true) this.leadBack(index);
    const { args } = this.members[index]!;
    this.telemetry.memberFailed(this.batch, this.series[index]!, args, 1, error, replyErrorPrefix(error));
  }

  /** A SELECT was refused: what follows it, up to the next one, goes where it itself went. */
  private leadBack(index: number): void {
    const { route } = this.series[index]!;
    for (let next = index + 1; next < this.members.length; next++) {
      const series = route.of(this.series[next]!.command);
      this.series[next] = series;
      this.batch.reroute(this.members[next]!.args, series);
      if (this.selections!.has(next)) return;
    }
  }

  private finish(error: unknown): void {
    this.wait?.failed(this.batch.operation);
    // What has not been carried out by now will not be.
    for (const selection of this.selections?.values() ?? []) selection.refuse();
    const isAborted = this.isQueued && isAbort(error);
    if (isAborted) this.batch.abort();
    const own = isAborted || this.batch.failure !== undefined ? undefined : error;
    this.telemetry.finishBatch(this.batch, own, replyErrorPrefix(own));
  }
}

/** What was watched has changed: the server has answered, and nothing has failed. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'WatchError';
}
