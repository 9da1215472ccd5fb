import { type Context, type MeterProvider, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Settings } from '../config';
import { AppLevel } from './app-level/app-level';
import { Batch, type BatchKind } from './batch';
import { contextNow } from './callers-context';
import type { Client } from './client';
import { now } from './clock';
import type { Command } from './command';
import { ConnectionMeter } from './connection-meter';
import type { Target } from './durations';
import { describeFailure } from './errors';
import type { FinishedSpans } from './finished-spans';
import type { SpanStarter } from './global-tracer';
import { mayTrace } from './may-trace';
import { MeterOutlet } from './metrics/meter-outlet';
import { Operation } from './operation';
import { OwnErrors } from './own-errors';
import { Settling } from './settling';
import { SpanMaker } from './span-maker';
import { type Route, type Series, Statistics } from './statistics';
import type { Tally } from './tally';
import type { UntoldCommand } from './untold';

const NO_ARGUMENTS: readonly unknown[] = Object.freeze([]);

/**
 * The way of an operation: {@link begin} when the client is called, {@link succeed} or {@link fail} when it is answered. In
 * between lives only a plain record. Nothing here throws, but where it says so.
 */
export class Telemetry extends OwnErrors {
  /** Operations that were seen, for the self-report. */
  operations = 0;
  statistics: Statistics;
  /** Called at each operation; for the preload, which starts an SDK when there is something to tell. */
  onOperation: (() => void) | undefined;
  readonly connections: ConnectionMeter;
  readonly appLevel: AppLevel;
  private readonly spans: SpanMaker;
  readonly meters: MeterOutlet;
  private readonly settling: Settling;

  constructor(
    public settings: Settings,
    tracer: SpanStarter,
  ) {
    super();
    this.statistics = new Statistics(settings);
    this.spans = new SpanMaker(tracer, settings);
    this.meters = new MeterOutlet(this.statistics, settings);
    this.settling = new Settling(this.meters, this.spans);
    this.connections = new ConnectionMeter(this, this.meters);
    this.appLevel = new AppLevel(this, this.spans, this.meters);
  }

  /** Goes on counting where another instrumentation of this process stopped. */
  adopt({ statistics, onOperation, meters, spans }: Telemetry): void {
    this.onOperation = onOperation;
    this.spans.adopt(spans);
    this.statistics = statistics;
    statistics.configure(this.settings);
    this.meters.adopt(meters);
  }

  configure(settings: Settings): void {
    this.settings = settings;
    this.spans.settings = settings;
    this.statistics.configure(settings);
    this.meters.configure(settings);
  }

  setTracer(tracer: SpanStarter): void {
    this.spans.use(tracer);
  }

  /** The global SDK is ours: spans may go straight to where it collects them. */
  handOverSpans(finished: FinishedSpans | undefined): void {
    this.spans.handOver(finished);
  }

  /** Uses this provider instead of the global one. */
  setMeterProvider(provider: MeterProvider): void {
    this.meters.pin(provider);
  }

  /** Starts handing over metrics. Before the first operation too, so that gauges and counters are there from the start. */
  start(): void {
    this.meters.start();
  }

  /** Stops handing over metrics; what was counted stays in the statistics. */
  stop(): void {
    this.meters.stop();
  }

  route(target: Target, ownName: string | undefined, dialect: (name: string) => Command): Route {
    return this.statistics.route(target, ownName, dialect);
  }

  /**
   * A command was called.
   * @param name the command's name as the client has it
   * @param offset where the command's own arguments start in `args`
   * @param startTime as the clock's {@link now} tells it
   * @returns undefined: not to be observed
   */
  begin(
    client: Client,
    name: string,
    args: ArrayLike<unknown>,
    offset: number,
    startTime?: number,
  ): Operation | undefined {
    try {
      const series = this.observes(client, name, args, offset);
      return series && this.operation(client, series, args, offset, this.enterCall(), startTime ?? now());
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** What a call counts in; undefined: it is not to be observed. What {@link begin} begins with, where the rest is to be done otherwise; may throw. */
  observes(client: Client, name: string, args: ArrayLike<unknown>, offset: number): Series | undefined {
    const series = client.route.named(name);
    if (series.ignored || (series.ignoresBlocking && series.blocks!(args, offset))) return undefined;
    return series;
  }

  /** A batch was called; its members are to be added. */
  beginBatch(client: Client, kind: BatchKind, startTime?: number): Batch {
    const series = client.route.named(kind);
    try {
      return new Batch(kind, this.operation(client, series, NO_ARGUMENTS, 0, this.enterCall(), startTime ?? now()));
    } catch (error) {
      this.failed(error);
      return Batch.unseen(kind, client, series);
    }
  }

  /** @param parent the context of the call, which {@link enterCall} has told */
  operation(
    client: Client,
    series: Series,
    args: ArrayLike<unknown>,
    offset: number,
    parent: Context,
    startTime: number,
  ): Operation {
    return new Operation(client, series, args, offset, parent, this.mayTell(parent), startTime);
  }

  /** A call that is observed begins. @returns the context that it is in, as far as anybody is told of that; may throw */
  enterCall(): Context {
    this.sees();
    return this.needsContext ? contextNow() : ROOT_CONTEXT;
  }

  /** Whether a span may tell of what is called in this context. Where none does, an {@link UntoldCommand} takes less than an operation. */
  mayTell(parent: Context): boolean {
    return mayTrace(parent, this.settings);
  }

  /** Where nobody is told of the caller's context, it need not be looked up: a tenth of what an operation costs then. */
  private get needsContext(): boolean {
    return !this.settings.spans.none || this.meters.usesInstruments || this.statistics.detail !== undefined;
  }

  /** @internal An operation begins. */
  sees(): void {
    this.operations++;
    this.onOperation?.();
    this.meters.refresh();
  }

  /**
   * @param reply before the client decodes it
   * @param endTime when it arrived, as the clock's {@link now} tells it; undefined: now
   */
  succeed(operation: Operation, reply: unknown, endTime?: number): void {
    if (operation.settled) return;
    try {
      this.settling.read(operation, reply);
      this.settling.finish(operation, undefined, reply, undefined, endTime);
    } catch (error) {
      this.failed(error);
    }
  }

  /** A command was answered of which neither a span nor a report tells. May throw. @param endTime see {@link succeed} */
  tally(untold: UntoldCommand, reply: unknown, tally: Tally, endTime?: number): void {
    this.settling.tally(untold, reply, tally, endTime);
  }

  /** @param statusCode the server's own code, where the server answered with the error */
  fail(operation: Operation, error: unknown, statusCode: string | undefined): void {
    if (operation.settled) return;
    try {
      this.settling.count(operation, true);
      this.settling.finish(operation, describeFailure(error, statusCode, operation), undefined, undefined);
    } catch (failure) {
      this.failed(failure);
    }
  }

  /**
   * A member of a batch was answered.
   * @returns what it did, until the next member is answered
   */
  memberSucceeded(
    batch: Batch,
    series: Series,
    args: ArrayLike<unknown>,
    offset: number,
    reply: unknown,
  ): Operation | undefined {
    if (series.ignored || batch.operation.settled) return undefined;
    try {
      const member = batch.scratch(series, args, offset);
      this.settling.read(member, reply);
      batch.absorb(member);
      if (batch.size === 1) batch.reply = reply;
      return member;
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  memberFailed(
    batch: Batch,
    series: Series,
    args: ArrayLike<unknown>,
    offset: number,
    error: unknown,
    statusCode: string | undefined,
  ): void {
    if (series.ignored || batch.operation.settled) return;
    try {
      const member = batch.member(series, args, offset);
      batch.fail(member, describeFailure(error, statusCode, member));
    } catch (failure) {
      this.failed(failure);
    }
  }

  /**
   * A batch was answered.
   * @param error why it failed as a whole; undefined: it did not
   */
  finishBatch(batch: Batch, error: unknown, statusCode: string | undefined): void {
    const { operation } = batch;
    if (operation.settled) return;
    try {
      operation.series = batch.series();
      for (const member of batch.failed) this.settling.count(member, true);
      const failure = error === undefined ? batch.failure : describeFailure(error, statusCode, operation);
      const { only } = batch;
      if (only !== undefined) {
        operation.args = only.args;
        operation.offset = only.offset;
        operation.procedure = only.procedure;
        this.settling.finish(operation, failure, batch.reply, undefined);
      } else this.settling.finish(operation, failure, undefined, batch);
    } catch (failed) {
      this.failed(failed);
    }
  }
}
