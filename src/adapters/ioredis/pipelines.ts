import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import { databaseAskedBy } from '../../redis/selected-database';
import type { Batch, Member } from '../../telemetry/batch';
import type { Route } from '../../telemetry/statistics';
import type { Telemetry } from '../../telemetry/telemetry';
import { isCluster, knownOf, procedureName, routeTo } from './clients';
import { onRefusal } from './databases';
import { autoPipelineOf } from './auto-pipelines';
import { timeOfDelayedCall } from './delays';
import { joinPipelined } from './joining';
import type { Command, Pipeline } from './library';
import { answerTransaction, BatchMember, type LastReplies } from './members';

/** The pipelines that were executed, with what is known of them; the client executes one again to retry it. */
const executed = new WeakMap<Pipeline, PipelineRun>();

export function patchPipeline(prototype: Pipeline, host: Host): void {
  host.wrap(prototype, 'exec', (original) => {
    return function exec(this: Pipeline, ...parameters): unknown {
      const { telemetry } = host;
      if (telemetry !== undefined) prepare(this, telemetry, host);
      return original.apply(this, parameters);
    };
  });
  host.wrap(prototype, 'sendCommand', (original) => {
    return function sendCommand(this: Pipeline, command: Command): unknown {
      const { telemetry } = host;
      if (telemetry !== undefined) join(this, command, telemetry, host);
      return original.call(this, command);
    };
  });
}

function join(pipeline: Pipeline, command: Command, telemetry: Telemetry, host: Host): void {
  try {
    autoPipelineOf(pipeline, telemetry, host)?.add(command);
  } catch (error) {
    telemetry.failed(error);
  }
}

function prepare(pipeline: Pipeline, telemetry: Telemetry, host: Host): void {
  // With an open transaction this only queues EXEC.
  if (pipeline._transactions > 0 || pipeline._queue.length === 0) return;
  try {
    let run = executed.get(pipeline);
    if (run === undefined) {
      const auto = autoPipelineOf(pipeline, telemetry, host);
      if (auto !== undefined) {
        auto.send();
        return;
      }
      run = PipelineRun.begin(pipeline, telemetry, host);
      if (run === undefined) return;
      executed.set(pipeline, run);
    }
    run.hearAnswers(pipeline._queue);
    const { redis } = pipeline;
    if (!isCluster(redis)) joinPipelined(redis, knownOf(redis, telemetry, host), pipeline._queue, telemetry);
  } catch (error) {
    telemetry.failed(error);
  }
}

/** One pipeline from `exec()` to its answer: one operation. */
class PipelineRun {
  /** The commands as they stood in the queue, and a member for each, found by its position: pipelines are long. */
  private readonly commands: readonly Command[];
  private readonly members: readonly BatchMember[];
  /** The members of each transaction, by the EXEC that ends it. */
  private readonly transactions = new Map<Command, BatchMember[]>();
  private readonly lastReplies: LastReplies | undefined;

  private constructor(
    private readonly batch: Batch,
    private readonly redis: Pipeline['redis'],
    private readonly telemetry: Telemetry,
    private readonly host: Host,
    queue: readonly Command[],
  ) {
    this.commands = [...queue];
    this.lastReplies = isCluster(redis) ? new Map() : undefined;
    this.members = this.collect(queue);
  }

  /** Undefined where all its commands are ignored. */
  static begin(pipeline: Pipeline, telemetry: Telemetry, host: Host): PipelineRun | undefined {
    const { redis, _queue: queue } = pipeline;
    const kind = isTransaction(queue) ? 'MULTI' : 'PIPELINE';
    const batch = telemetry.beginBatch(knownOf(redis, telemetry, host).client, kind, timeOfDelayedCall());
    const run = new PipelineRun(batch, redis, telemetry, host, queue);
    if (batch.idle && kind === 'PIPELINE') return undefined;
    const { resolve, reject } = pipeline;
    pipeline.resolve = (results) => {
      resolve(results);
      run.settleMembers();
      run.readResults(pipeline._queue, results);
      telemetry.finishBatch(batch, undefined, undefined);
    };
    pipeline.reject = (error) => {
      reject(error);
      run.settleMembers();
      telemetry.finishBatch(batch, error, replyErrorPrefix(error));
    };
    return run;
  }

  private settleMembers(): void {
    if (this.batch.departed > 0) this.batch.keep(this.rest());
  }

  private *rest(): Iterable<Member> {
    for (let index = 0; index < this.members.length; index++) {
      const { series, departed } = this.members[index]!;
      const { name } = series.command;
      if (departed || name === 'MULTI' || name === 'EXEC') continue;
      const { args } = this.commands[index]!;
      yield { series, args, offset: 0, procedure: procedureName(this.redis, series, args) };
    }
  }

  private collect(queue: readonly Command[]): BatchMember[] {
    const members: BatchMember[] = [];
    let { route } = this.batch.operation.series;
    let transaction: BatchMember[] | undefined;
    for (const command of queue) {
      const series = route.named(command.name);
      const { name } = series.command;
      const elsewhere = transaction !== undefined && name !== 'EXEC' ? 'EXEC' : this.lastReplies;
      const member = new BatchMember(this.batch, series, command.args, this.telemetry, elsewhere);
      members.push(member);
      if (name === 'MULTI') transaction = [];
      else if (name === 'EXEC') {
        if (transaction !== undefined) this.transactions.set(command, transaction);
        transaction = undefined;
      } else {
        transaction?.push(member);
        this.batch.add(series, command.args, 0, procedureName(this.redis, series, command.args));
        route = this.routeAfter(command, member) ?? route;
      }
    }
    return members;
  }

  /** @param position where it stands in the queue, unless the client has changed that */
  private memberOf(command: Command, position: number): BatchMember | undefined {
    return this.members[this.commands[position] === command ? position : this.commands.indexOf(command)];
  }

  /**
   * What failed; and what was answered unheard, for the patches were gone by then.
   * @param results of the pipeline: an error and a value for each command
   */
  private readResults(queue: readonly Command[], results: unknown): void {
    if (!Array.isArray(results)) return;
    let position = 0;
    queue.forEach((command, index) => {
      if (command.ignore === true) return;
      const result: unknown = results[position++];
      if (!Array.isArray(result)) return;
      const [error, value] = result as unknown[];
      const member = this.memberOf(command, index);
      if (error == null) member?.resolved(value);
      else member?.failed(error);
    });
    this.lastReplies?.clear();
  }

  /** A SELECT was refused: what follows it, up to the next one, goes where it itself went. */
  private leadBack(select: BatchMember): void {
    const { route } = select.series;
    for (let next = this.members.indexOf(select) + 1; next < this.members.length; next++) {
      this.members[next]!.reroute(route);
      const { name, args } = this.commands[next]!;
      if (databaseAskedBy(name, args, 0) !== undefined) return;
    }
  }

  /** The way of what follows a command that selects a database; undefined: it selects none. */
  private routeAfter({ name, args }: Command, member: BatchMember): Route | undefined {
    const database = databaseAskedBy(name, args, 0);
    if (database === undefined) return undefined;
    onRefusal(args, () => {
      this.leadBack(member);
    });
    return routeTo(this.redis, database, this.telemetry, this.host);
  }

  /** Hears of the answers of a queue that is about to be sent, for the first time or again. */
  hearAnswers(queue: readonly Command[]): void {
    this.batch.retry();
    if (timeOfDelayedCall() !== undefined) this.batch.operation.waits();
    queue.forEach((command, index) => {
      const transaction = this.transactions.get(command);
      if (transaction !== undefined) hearExec(command, transaction, this.batch);
      this.memberOf(command, index)?.hearAnswer(command);
    });
  }
}

function isTransaction(queue: readonly Command[]): boolean {
  const first = queue[0];
  const last = queue[queue.length - 1];
  if (first?.name !== 'multi' || last?.name !== 'exec') return false;
  return queue.every(
    ({ name }, index) => (name !== 'multi' || index === 0) && (name !== 'exec' || index === queue.length - 1),
  );
}

function hearExec(command: Command, transaction: readonly BatchMember[], batch: Batch): void {
  const { resolve, reject } = command;
  command.reject = (error) => {
    reject.call(command, error);
    answerTransaction(transaction, undefined, batch);
  };
  command.resolve = (reply) => {
    const result = resolve.call(command, reply);
    // Where another transaction was open already, its members come first.
    const from = Array.isArray(reply) ? Math.max(0, reply.length - transaction.length) : 0;
    answerTransaction(transaction, reply, batch, from);
    return result;
  };
}
