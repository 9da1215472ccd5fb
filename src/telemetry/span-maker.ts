import { type Span, type SpanContext, SpanStatusCode } from '@opentelemetry/api';
import type { Settings } from '../config';
import { CLIENT } from './api';
import type { Batch } from './batch';
import { epochMillis, hrTime } from './clock';
import type { Failure } from './errors';
import type { FinishedSpans } from './finished-spans';
import type { SpanStarter } from './global-tracer';
import { copyOf, HookRunner } from './hooks';
import { describeOperation, noAttributes, spanName } from './span-attributes';
import type { Operation } from './operation';

/** Makes the span of a settled operation, with its true times. */
export class SpanMaker {
  private readonly hooks = new HookRunner();
  /** Where spans may be handed over that the global tracer would make. */
  private finished: FinishedSpans | undefined = undefined;
  private tracerIsGlobal = true;

  /** @param tracer the global one */
  constructor(
    public tracer: SpanStarter,
    public settings: Settings,
  ) {}

  /** Uses this tracer instead of the global one. */
  use(tracer: SpanStarter): void {
    this.tracer = tracer;
    this.tracerIsGlobal = false;
  }

  handOver(finished: FinishedSpans | undefined): void {
    this.finished = finished;
  }

  /** Goes on where another one stopped. */
  adopt({ finished }: SpanMaker): void {
    this.finished = finished;
  }

  /** Undefined: the SDK has to make the spans. */
  get handedOver(): FinishedSpans | undefined {
    return this.tracerIsGlobal ? this.finished : undefined;
  }

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
    const end = epochMillis(endTime);
    const start = hrTime(end - (endTime - operation.startTime));
    const stop = hrTime(end);
    const asked = noAttributes();
    const parent = this.parentOfFinished(operation);
    // Checked and copied three times by the SDK when a span is created, once afterwards. Most samplers go by the parent.
    const learnt = parent === undefined && this.settings.requireParentSpan ? noAttributes() : asked;
    describeOperation(operation, failure, batch, this.settings, asked, learnt);
    const name = spanName(operation, this.settings);
    if (parent !== undefined) {
      this.finished!.handOver(name, asked, parent, start, stop, failure?.message);
      return;
    }
    const options = { kind: CLIENT, attributes: asked, startTime: start };
    const span = this.tracer.startSpan(name, options, operation.context);
    if (learnt !== asked) span.setAttributes(learnt);
    if (span.isRecording()) this.runHooks(span, operation, failure, reply, batch);
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
    span.end(stop);
  }

  /** The parent of a span that need not be made by the SDK: nobody looks at it before it has ended. */
  private parentOfFinished({ context }: Operation): SpanContext | undefined {
    const { requestHook, responseHook } = this.settings;
    if (!this.tracerIsGlobal || requestHook !== undefined || responseHook !== undefined) return undefined;
    return this.finished?.parentIn(context);
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
