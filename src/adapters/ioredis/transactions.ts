import { replyErrorPrefix } from '../../redis/errors';
import { isNamed } from '../../redis/names';
import { MOST_MEMBERS } from '../../redis/transactions';
import type { Batch } from '../../telemetry/batch';
import { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import { type Known, procedureName } from './clients';
import { follow } from './commands';
import type { Command, Redis, Socket } from './library';
import { answerTransaction, BatchMember } from './members';
import { QueuedCommand } from './queued';
import { track, type Tracked } from './tracked';

/**
 * A transaction without a pipeline: `multi({ pipeline: false })`, commands one by one, `exec()` or `discard()`. That there is
 * one is a belief: its end may pass us by, or the server may refuse it. So each member is a command of its own, until the
 * server says that it was queued.
 */
export class Transaction implements Tracked {
  private readonly members: BatchMember[] = [];
  private readonly batch: Batch;
  private socket: Socket | null | undefined;
  /** The server has answered MULTI: from now on it ends with the connection. Before, the client may send it again. */
  private accepted = false;
  private refused = false;
  /** The one that it was begun inside of. The server does not nest them: it has refused this one, and what was called since is that one's. */
  private outer: Transaction | undefined = undefined;

  constructor(
    private readonly facts: Known,
    readonly telemetry: Telemetry,
    /** The one that was believed to be open before. */
    private previous: Transaction | undefined,
  ) {
    this.batch = telemetry.beginBatch(facts.client, 'MULTI');
  }

  waits(): void {
    this.batch.operation.waits();
  }

  sent(connection: object): void {
    this.batch.operation.sent(connection);
    const { stream } = connection as Redis;
    if (stream === this.socket || this.isOver()) return;
    this.forgetSocket();
    this.socket = stream;
    stream?.once('close', this.closed);
  }

  private readonly closed = (): void => {
    if (this.accepted) this.end(new Error('Connection is closed.'));
  };

  private forgetSocket(): void {
    this.socket?.removeListener('close', this.closed);
  }

  private isOver(): boolean {
    return this.batch.operation.settled;
  }

  /** The one that its members belong to. */
  private get whole(): Transaction {
    return this.outer?.whole ?? this;
  }

  /** MULTI itself: only its failure ends the transaction. */
  begin(command: Command, alone?: Tracked): void {
    this.lead(command, alone);
    const { resolve, reject } = command;
    command.resolve = (reply) => {
      this.accepted = true;
      this.previous?.mistaken();
      this.previous = undefined;
      return resolve.call(command, reply);
    };
    command.reject = (error) => {
      reject.call(command, error);
      this.refused = replyErrorPrefix(error) !== undefined;
      if (this.refused) this.disband();
      this.end(error);
    };
  }

  private disband(): void {
    const around = this.previous?.whole;
    if (around?.isOver() === false) {
      this.outer = around;
      around.batch.join(this.batch);
      for (const member of this.members) {
        member.move(around.batch);
        around.remember(member);
      }
    }
    this.batch.disown();
  }

  /** A command that is no operation of its own, nor a member: the transaction begins or ends with it. */
  private lead(command: Command, alone: Tracked | undefined): void {
    track(command, this);
    if (alone instanceof Operation) alone.settled = true;
  }

  /** @param alone hears of the command already; it goes on if the command turns out to be no member */
  add(command: Command, redis: Redis, alone?: Tracked): Tracked {
    const series = this.facts.client.route.named(command.name);
    const member = new BatchMember(this.batch, series, command.args, this.telemetry, 'EXEC');
    this.batch.add(series, command.args, 0, procedureName(redis, series, command.args));
    this.remember(member);
    const queued = new QueuedCommand(this, alone ?? follow(redis, this.facts, command, this.telemetry), {
      mistaken: () => {
        const { whole } = this;
        if (whole.accepted) whole.mistaken();
        else whole.remove(member);
      },
      failed: (error) => {
        const { whole } = this;
        if (whole.refused) return false;
        if (!whole.accepted && replyErrorPrefix(error) !== undefined) {
          whole.remove(member);
          return false;
        }
        member.answered(error);
        return true;
      },
    });
    queued.hearAnswer(command);
    return queued;
  }

  private remember(member: BatchMember): void {
    if (this.members.length < MOST_MEMBERS) this.members.push(member);
  }

  /** What the client sends of its own while it connects goes ahead of a MULTI that waits. */
  private remove(member: BatchMember): void {
    const index = this.members.indexOf(member);
    if (index !== -1) this.members.splice(index, 1);
  }

  /** What ends it; the answer of EXEC is that of the transaction. */
  conclude(command: Command, alone?: Tracked): void {
    this.lead(command, alone);
    const { resolve, reject } = command;
    const executes = isNamed(command.name, 'exec');
    command.resolve = (reply) => {
      const result = resolve.call(command, reply);
      const { whole } = this;
      answerTransaction(whole.members, executes ? reply : undefined, whole.batch);
      if (!executes) whole.batch.abort();
      whole.end(undefined);
      return result;
    };
    command.reject = (error) => {
      reject.call(command, error);
      const { whole } = this;
      answerTransaction(whole.members, undefined, whole.batch);
      whole.end(error);
    };
    this.leave();
  }

  /** A MULTI is called inside of it: if the server accepts that, there is no such transaction. */
  doubt(command: Command): void {
    const { resolve } = command;
    command.resolve = (reply) => {
      this.mistaken();
      return resolve.call(command, reply);
    };
  }

  /** The server has shown that there is no such transaction. */
  mistaken(): void {
    const { whole } = this;
    if (whole.isOver()) return;
    whole.batch.disown();
    whole.end(undefined);
  }

  /** Nobody is to hear of it any more. */
  abandon(): void {
    this.forgetSocket();
    this.leave();
  }

  private leave(): void {
    if (this.facts.transaction !== this) return;
    this.facts.transaction = this.outer;
  }

  private end(error: unknown): void {
    this.abandon();
    this.telemetry.finishBatch(this.batch, error, replyErrorPrefix(error));
  }

  /** False: its connection is gone, or other telemetry has begun. */
  isCurrent(redis: Redis, telemetry: Telemetry): boolean {
    return this.telemetry === telemetry && (!this.accepted || this.socket === redis.stream);
  }
}
