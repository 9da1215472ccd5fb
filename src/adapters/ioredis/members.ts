import { replyErrorPrefix } from '../../redis/errors';
import { isQueued } from '../../redis/transactions';
import type { Batch } from '../../telemetry/batch';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Operation } from '../../telemetry/operation';
import type { Route, Series } from '../../telemetry/statistics';
import type { Telemetry } from '../../telemetry/telemetry';
import { settleSelection } from './databases';
import type { Command } from './library';
import { holdForResend, isDefinedScript } from './resends';
import { hearReply, track, type Tracked } from './tracked';

const SELECT = 'SELECT';

/**
 * The last reply of each member of a pipeline that a cluster may send again as a whole, though some of them have their replies: earlier
 * ones the application never sees.
 */
export type LastReplies = Map<BatchMember, unknown>;

/** A command inside a pipeline or transaction: it is counted once, however often the client sends it. */
export class BatchMember implements Tracked {
  private counted = false;
  /** It belongs to another transaction. */
  departed = false;
  private reject: Command['reject'] | undefined;

  constructor(
    private batch: Batch,
    public series: Series,
    private readonly args: readonly unknown[],
    private readonly telemetry: Telemetry,
    /** Where what it did is to be read, if not in the first reply: in that of EXEC, its own is `QUEUED`; or in the last one. */
    private readonly elsewhere: 'EXEC' | LastReplies | undefined,
  ) {}

  waits(): void {
    this.batch.operation.waits();
  }

  sent(connection: object): void {
    this.batch.operation.sent(connection);
  }

  /**
   * Hears of the reply; to be called again when the client has prepared the command to be sent once more. What failed stands in the
   * answer of the pipeline.
   */
  hearAnswer(command: Command): void {
    track(command, this);
    if (foreignSpans.isEnabled) {
      foreignSpans.expect(command.args, (reply) => (this.elsewhere === 'EXEC' ? undefined : this.succeeded(reply)));
    }
    if (command.reject === this.reject) return;
    if (isDefinedScript(command)) this.hearResend(command);
    hearReply(command, this);
  }

  /** The client may send a script once more, by a command that is the same member. */
  private hearResend(command: Command): void {
    const { reject } = command;
    this.reject = command.reject = (error) => {
      holdForResend(command, error, {
        tracked: this,
        hearAnswer: (resend) => {
          this.hearAnswer(resend);
        },
        giveUp: () => undefined,
      });
      reject.call(command, error);
    };
  }

  replied(reply: unknown): void {
    const { elsewhere } = this;
    if (elsewhere === undefined) this.succeeded(reply);
    else if (elsewhere !== 'EXEC') elsewhere.set(this, reply);
  }

  /** @param value what the client answered: where RESET or DISCARD has ended the transaction before it, the member was not queued */
  resolved(value: unknown): void {
    if (this.counted || (this.elsewhere === 'EXEC' && isQueued(value))) return;
    this.succeeded(this.lastReply() ?? value);
  }

  /** Undefined: what it was answered is known otherwise, or was not heard. */
  private lastReply(): unknown {
    return this.elsewhere instanceof Map ? this.elsewhere.get(this) : undefined;
  }

  /** A SELECT before it was refused. */
  reroute(route: Route): void {
    this.series = route.of(this.series.command);
    this.batch.reroute(this.args, this.series);
  }

  /** It was called inside of another transaction, which it belongs to. */
  leave(): void {
    this.counted = true;
    this.departed = true;
    if (!this.series.ignored) this.batch.depart();
  }

  /** It belongs to another batch of the same kind. */
  move(batch: Batch): void {
    this.batch = batch;
  }

  /** @param reply what EXEC tells of it: an error of the server counts as a failure */
  answered(reply: unknown): void {
    if (this.series.command.name === SELECT) settleSelection(this.args, !(reply instanceof Error));
    if (reply instanceof Error) this.failed(reply);
    else this.succeeded(reply);
  }

  /** Its transaction ended without it. */
  undone(): void {
    settleSelection(this.args, false);
  }

  private succeeded(reply: unknown): Operation | undefined {
    if (this.counted) return undefined;
    this.counted = true;
    return this.telemetry.memberSucceeded(this.batch, this.series, this.args, 0, reply);
  }

  failed(error: unknown): void {
    if (this.counted) return;
    this.telemetry.memberFailed(this.batch, this.series, this.args, 0, error, replyErrorPrefix(error));
  }
}

/**
 * Reads what the members of a transaction did from the answer of the command that ends it: null where it was aborted (WATCH).
 * @param from where its members are in the reply
 */
export function answerTransaction(members: readonly BatchMember[], reply: unknown, batch: Batch, from = 0): void {
  if (reply === null && batch.kind === 'MULTI') batch.abort();
  if (!Array.isArray(reply)) {
    for (const member of members) member.undone();
    return;
  }
  members.forEach((member, index) => {
    if (from + index < reply.length) member.answered(reply[from + index]);
  });
}
