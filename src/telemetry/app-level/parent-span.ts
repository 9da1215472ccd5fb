import { type Attributes, type Context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { epochMillis, hrTime } from '../clock';
import type { Failure } from '../errors';
import type { SpanMaker } from '../span-maker';
import { DeferredSpan } from './deferred-span';
import { LightSpan } from './light-span';
import { LinkedContext } from './linked-context';

/**
 * The span of work that other spans may lie below, so it cannot wait for the end of the work as those of commands do. It is
 * started when somebody may need a parent, with the time at which the work began; where nobody does, when the work has ended.
 */
export class ParentSpan {
  private span: Span | undefined = undefined;
  private light: LightSpan | undefined = undefined;
  private deferred: DeferredSpan | undefined = undefined;

  constructor(
    private readonly spans: SpanMaker,
    private readonly name: string,
    /** What is known before the work is done. */
    private readonly attributes: Attributes,
    private readonly parent: Context,
    /** As the clock's `now` tells it. */
    private readonly startTime: number,
    /** The span of the work that this is a part of, in whose context it begins. */
    private readonly around?: ParentSpan,
  ) {}

  /** The context for what is called meanwhile. */
  enter(): Context {
    const parent = LinkedContext.of(this.parent);
    // The outcome decides whether there is to be a span.
    if (this.spans.settings.spans.all) return trace.setSpan(parent, this.start());
    this.deferred ??= new DeferredSpan(() => this.start());
    return trace.setSpan(parent, this.deferred);
  }

  private start(): Span {
    if (this.span !== undefined) return this.span;
    const { around } = this;
    const finished = around?.light?.finished ?? this.spans.handedOver;
    const parent = around?.light?.spanContext() ?? finished?.parentIn(this.parent);
    if (parent !== undefined) this.light = new LightSpan(finished!, parent, () => this.make());
    return (this.span = this.light ?? this.make());
  }

  private make(): Span {
    const { name, attributes, parent, spans, startTime } = this;
    const options = { kind: SpanKind.INTERNAL, attributes, startTime: epochMillis(startTime) };
    return spans.tracer.startSpan(name, options, parent);
  }

  /**
   * @param endTime as the clock's `now` tells it
   * @param outcome what is known of the work now
   * @param isWanted whether the outcome makes it a span; one that others lie below is one in any case
   */
  end(endTime: number, outcome: Attributes, failure: Failure | undefined, isWanted: boolean): void {
    if (this.span === undefined && !isWanted) {
      this.deferred?.drop(trace.getSpan(this.parent));
      return;
    }
    if (this.span === undefined) Object.assign(this.attributes, outcome);
    const span = this.start();
    this.deferred?.drop(span);
    if (this.light !== undefined && this.light.added === undefined)
      this.handOver(this.light, endTime, outcome, failure);
    else {
      span.setAttributes(outcome);
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
      (this.light?.added ?? span).end(epochMillis(endTime));
    }
    this.light?.over();
  }

  private handOver(light: LightSpan, endTime: number, outcome: Attributes, failure: Failure | undefined): void {
    Object.assign(this.attributes, outcome);
    const end = epochMillis(endTime);
    const [start, stop] = [hrTime(end - (endTime - this.startTime)), hrTime(end)];
    const { message } = failure ?? {};
    const own = light.spanContext();
    light.finished.handOver(this.name, this.attributes, light.parent, start, stop, message, SpanKind.INTERNAL, own);
  }
}
