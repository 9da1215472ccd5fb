import { isQueued } from '../../redis/transactions';
import { foreignSpans } from '../../telemetry/foreign-spans';
import { Operation } from '../../telemetry/operation';
import type { Command } from './library';
import { BatchMember } from './members';
import { track, type Tracked } from './tracked';

/** Hears of the first answer to a command that was called inside of a transaction. */
interface Doubts {
  /** It was carried out at once: there is no transaction. */
  mistaken(): void;
  /** @returns whether it failed as a member */
  failed(error: unknown): boolean;
}

/** A command that may be the member of a transaction, or one of its own. */
export class QueuedCommand implements Tracked {
  constructor(
    private readonly transaction: Tracked,
    /** Hears of the same command as one of its own, or as one of a pipeline; undefined: it would be ignored. */
    private readonly alone: Tracked | undefined,
    private readonly doubts: Doubts,
  ) {}

  waits(): void {
    this.transaction.waits();
    this.alone?.waits();
  }

  sent(connection: object): void {
    this.transaction.sent(connection);
    this.alone?.sent(connection);
  }

  /** Is told before the command's own operation, which has its answer already if the server queued it. */
  hearAnswer(command: Command): void {
    track(command, this);
    const { resolve, reject, args } = command;
    const answer = foreignSpans.answerOf(args);
    foreignSpans.expect(args, (reply) => (isQueued(reply) ? undefined : answer?.(reply)));
    command.resolve = (reply) => {
      if (isQueued(reply)) this.joined();
      else this.doubts.mistaken();
      return resolve.call(command, reply);
    };
    command.reject = (error) => {
      if (this.doubts.failed(error)) this.joined();
      reject.call(command, error);
    };
  }

  replied(reply: unknown): void {
    if (this.alone instanceof BatchMember) this.alone.replied(reply);
  }

  private joined(): void {
    if (this.alone instanceof Operation) this.alone.settled = true;
    else if (this.alone instanceof BatchMember) this.alone.leave();
  }
}
