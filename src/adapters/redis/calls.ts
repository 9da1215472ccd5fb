import { replyErrorPrefix } from '../../redis/errors';
import type { Client as Described } from '../../telemetry/client';
import { now } from '../../telemetry/clock';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import type { BatchRun } from './batch-run';
import type { Known } from './clients';
import { closeCall, openCall } from './current-call';
import { delayedSince } from './delays';
import type { Args, Client } from './library';
import { type Recipient, Sending } from './sending';
import { runForCaller } from './sole-spans';
import { type BatchTask, failTask, type Task } from './unstarted-tasks';

/**
 * One operation that may take several commands, one after the other or at the same time: a cluster follows redirections, retries,
 * and splits commands over its nodes; Sentinel tries the next master; a script that the server does not know is sent whole.
 */
export class Call implements Recipient {
  ended = false;
  batch: BatchRun | undefined;
  /** When it was made, as the clock tells it: a client to send it may have to be found first, such as the next master. */
  readonly since: number;
  private readonly isDelayed: boolean;
  private operation: Operation | undefined;
  private reply: unknown;
  private isAnswered = false;

  /**
   * @param described what the call was made on; undefined: whatever sends it
   * @param whole the command, where it is known before it is sent
   * @param task what is to be done with the client that is found for it
   */
  constructor(
    readonly described: Described | undefined,
    private readonly telemetry: Telemetry,
    private readonly whole: Args | undefined,
    private readonly task: Task | BatchTask | undefined,
  ) {
    const delayed = delayedSince();
    this.isDelayed = delayed !== undefined;
    this.since = delayed ?? now();
    if (described !== undefined && whole !== undefined) this.operation = this.begin(described, whole);
  }

  /** Runs what makes up the call. */
  static async run<T>(call: Call, original: () => Promise<T>): Promise<T> {
    try {
      const result = await openCall(call, original);
      call.end(undefined);
      return result;
    } catch (error) {
      call.end(error);
      throw error;
    } finally {
      closeCall();
    }
  }

  private begin(described: Described, args: Args): Operation | undefined {
    const operation = runForCaller(() => this.telemetry.begin(described, String(args[0]), args, 1, this.since));
    if (operation === undefined) return undefined;
    if (this.isDelayed) operation.waits();
    // A script that is sent whole takes the place of its name in the arguments.
    operation.procedure = operation.series.procedure?.(args, 1);
    return operation;
  }

  /** The command is known, and not of interest. */
  get isIgnored(): boolean {
    return this.whole !== undefined && this.operation === undefined;
  }

  /** A client is about to send a command of the call. Undefined: it is not of interest. */
  join(client: Client, facts: Known, described: Described, args: Args): Sending | undefined {
    if (this.operation === undefined) {
      if (this.whole !== undefined) return undefined;
      this.operation = this.begin(this.described ?? described, args);
    } else if (described.route.named(String(args[0])).ignored) return undefined;
    return this.operation && new Sending(args, client, facts, this.operation, this);
  }

  answered({ operation, args }: Sending, reply: unknown): void {
    this.read(operation, args, reply);
  }

  /** A part of the call was answered; what is answered when the call has ended, its caller does not see. */
  read(operation: Operation, args: Args, reply: unknown): void {
    if (this.ended) return;
    this.isAnswered = true;
    if (args === operation.args) {
      this.reply = reply;
      if (foreignSpans.has(args)) this.tell(operation);
    } else this.readPart(operation, args, reply);
  }

  /** A part of the call failed: whether that is the last word, the call tells by its own end. */
  failed(): void {}

  /** Another instrumentation's span ends with the part that was answered, before the call does. */
  private tell(operation: Operation): void {
    this.telemetry.succeed(operation, this.reply);
    foreignSpans.describe(operation);
  }

  /** A part of the call is answered without being sent. Undefined: it is not of interest. */
  unsent(described: Described, args: Args): Operation | undefined {
    if (this.whole === undefined) this.operation ??= this.begin(this.described ?? described, args);
    return this.operation;
  }

  /** A command that was split over the nodes of a cluster: each part tells of its own keys. */
  private readPart(operation: Operation, args: Args, reply: unknown): void {
    const whole = operation.args;
    operation.args = args;
    try {
      operation.series.read?.(operation, reply);
    } catch (error) {
      this.telemetry.failed(error);
    } finally {
      operation.args = whole;
    }
  }

  private end(error: unknown): void {
    this.ended = true;
    this.batch?.end(error);
    if (this.operation === undefined) {
      if (error !== undefined && this.batch === undefined) this.failUnsent(error);
      return;
    }
    if (error === undefined) {
      if (this.isAnswered) this.telemetry.succeed(this.operation, this.reply);
    } else this.telemetry.fail(this.operation, error, replyErrorPrefix(error));
  }

  /** There was no client to send it. */
  private failUnsent(error: unknown): void {
    const { task, described } = this;
    if (task === undefined || described === undefined) return;
    this.telemetry.attempt(() => {
      failTask(task, this.since, error, described, this.telemetry);
    });
  }
}
