import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { Settings } from '../config';
import type { Batch } from './batch';
import { epochMillis } from './clock';
import type { Failure } from './errors';
import { copyOf, HookRunner } from './hooks';
import { describeOperation, spanName } from './span-attributes';
import type { Operation } from './operation';

/** Makes the span of a settled operation: with its true times, and with all its attributes when it is created. */
export class SpanMaker {
  private readonly hooks = new HookRunner();

  constructor(
    public tracer: Tracer,
    public settings: Settings,
  ) {}

  /** Whether an operation becomes a span, as far as its outcome decides that. */
  selects(hasMissed: boolean, milliseconds: number, failure: Failure | undefined): boolean {
    const { spans, slowMs } = this.settings;
    if (spans.all) return true;
    if (spans.errors && failure !== undefined) return true;
    if (spans.slow && milliseconds >= slowMs) return true;
    return spans.misses && hasMissed;
  }

  /**
   * @param endTime as the clock's `now` tells it
   * @param reply what a single operation was answered; undefined for batches and failures
   */
  make(
    operation: Operation,
    endTime: number,
    failure: Failure | undefined,
    reply: unknown,
    batch: Batch | undefined,
  ): void {
    const attributes: Attributes = describeOperation(operation, failure, batch, this.settings);
    const end = epochMillis(endTime);
    const startTime = end - (endTime - operation.startTime);
    const name = spanName(operation, this.settings);
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes, startTime }, operation.context);
    if (span.isRecording()) this.runHooks(span, operation, failure, reply, batch);
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
    span.end(end);
  }

  private runHooks(
    span: Span,
    { client, series, args, offset }: Operation,
    failure: Failure | undefined,
    reply: unknown,
    batch: Batch | undefined,
  ): void {
    const { requestHook, responseHook } = this.settings;
    if (requestHook === undefined && responseHook === undefined) return;
    const info = () => ({
      client: client.name,
      moduleVersion: client.moduleVersion,
      cmdName: series.command.name,
      cmdArgs: batch === undefined ? (copyOf(Array.prototype.slice.call(args, offset)) as unknown[]) : [],
    });
    this.hooks.run('requestHook', requestHook, span, info);
    if (failure !== undefined) return;
    this.hooks.run('responseHook', responseHook, span, () => ({ ...info(), response: copyOf(reply) }));
  }
}
