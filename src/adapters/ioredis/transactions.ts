import { replyErrorPrefix } from '../../redis/errors';
import type { Batch } from '../../telemetry/batch';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Known } from './clients';
import { track, type Tracked } from './commands';
import type { Command, Redis, Socket } from './library';
import { answerTransaction, BatchMember } from './members';

/** A transaction without a pipeline: `multi({ pipeline: false })`, commands one by one, `exec()` or `discard()`. */
export class Transaction implements Tracked {
  private readonly members: BatchMember[] = [];
  private readonly batch: Batch;
  private socket: Socket | null | undefined;

  constructor(
    private readonly facts: Known,
    private readonly telemetry: Telemetry,
  ) {
    this.batch = telemetry.beginBatch(facts.client, 'MULTI');
  }

  waits(): void {
    this.batch.operation.waits();
  }

  sent(connection: object): void {
    this.batch.operation.sent(connection);
  }

  /** MULTI itself: only its failure ends the transaction. */
  begin(command: Command, socket: Socket | null | undefined): void {
    track(command, this);
    const { reject } = command;
    command.reject = (error) => {
      reject.call(command, error);
      this.end(error);
    };
    this.socket = socket;
    socket?.once('close', this.closed);
  }

  private readonly closed = (): void => {
    this.end(new Error('Connection is closed.'));
  };

  add(command: Command): BatchMember {
    const series = this.facts.client.route.named(command.name);
    const member = new BatchMember(this.batch, series, command.args, this.telemetry, true);
    this.batch.add(series, command.args, 0);
    this.members.push(member);
    member.hearAnswer(command);
    return member;
  }

  /** EXEC or DISCARD: their answer is that of the transaction. */
  conclude(command: Command): void {
    track(command, this);
    const { resolve, reject } = command;
    command.resolve = (reply) => {
      const result = resolve.call(command, reply);
      answerTransaction(this.members, reply);
      this.end(undefined);
      return result;
    };
    command.reject = (error) => {
      reject.call(command, error);
      this.end(error);
    };
    if (this.facts.transaction === this) this.facts.transaction = undefined;
  }

  private end(error: unknown): void {
    this.socket?.removeListener('close', this.closed);
    if (this.facts.transaction === this) this.facts.transaction = undefined;
    this.telemetry.finishBatch(this.batch, error, replyErrorPrefix(error));
  }
}

/** Takes a command into the transaction of its connection, where there is one or where the command begins one. */
export function joinTransaction(
  redis: Redis,
  facts: Known,
  command: Command,
  telemetry: Telemetry,
): Tracked | undefined {
  const { transaction } = facts;
  if (transaction === undefined) {
    if (!isNamed(command, 'multi')) return undefined;
    facts.transaction = new Transaction(facts, telemetry);
    facts.transaction.begin(command, redis.stream);
    return facts.transaction;
  }
  if (!isNamed(command, 'exec') && !isNamed(command, 'discard')) return transaction.add(command);
  transaction.conclude(command);
  return transaction;
}

function isNamed({ name }: Command, lowerCase: string): boolean {
  return name.length === lowerCase.length && name.toLowerCase() === lowerCase;
}
