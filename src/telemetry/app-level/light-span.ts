import {
  type Attributes,
  type Context,
  type HrTime,
  INVALID_SPAN_CONTEXT,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { INTERNAL } from '../api';
import { epochMillis, hrTime } from '../clock';
import { contextBelow, difference, type FinishedSpans, NONE, UNSET } from '../finished-spans';
import type { SpanMaker } from '../span-maker';
import { withSpan } from './linked-context';
import { endSpan, startSpan } from './sdk-spans';
import { StandIn } from './stand-in';
import type { Work, WorkSpan } from './work';

/** Takes what is added to a span that has ended. */
const LOST = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
const NO_ATTRIBUTES: Attributes = Object.freeze({});

/**
 * A span that others can lie below, for its ids are known, and that is handed over when it has ended: it is the trace SDK's
 * `ReadableSpan` itself then. The SDK makes it only where somebody adds to it, and under these ids.
 */
export class LightSpan extends StandIn implements WorkSpan {
  readonly name: string;
  attributes = NO_ATTRIBUTES;
  private own: SpanContext | undefined = undefined;
  /** What the SDK has made. */
  private added: Span | undefined = undefined;
  /** Undefined: it is over. */
  private work: Work | undefined;
  /** Epoch milliseconds; fractions from the start, for the engine would have to make room for them later. */
  private endMillis = 0.5;
  private milliseconds = 0.5;
  private error: string | undefined = undefined;

  constructor(
    work: Work,
    private readonly spans: SpanMaker,
    /** Where it is handed over to. */
    readonly finished: FinishedSpans,
    readonly parentSpanContext: SpanContext,
  ) {
    super();
    this.name = work.spanName;
    this.work = work;
  }

  /** @returns undefined: the SDK has to make it */
  static of(work: Work, spans: SpanMaker, outer: WorkSpan | undefined): LightSpan | undefined {
    const light = outer?.light;
    const finished = light?.finished ?? spans.handedOver;
    const parent = light?.spanContext() ?? finished?.parentIn(work.parent);
    return parent === undefined ? undefined : new LightSpan(work, spans, finished!, parent);
  }

  get light(): this {
    return this;
  }

  enter(parent: Context): Context {
    return withSpan(parent, this);
  }

  override spanContext(): SpanContext {
    return (this.own ??= contextBelow(this.parentSpanContext));
  }

  override isRecording(): boolean {
    return this.work !== undefined;
  }

  protected override made(): Span {
    if (this.work === undefined) return LOST;
    if (this.added === undefined) {
      this.added = startSpan(this.work, this.spans);
      this.added.spanContext = () => this.spanContext();
    }
    return this.added;
  }

  finish(endTime: number, error: string | undefined): void {
    const { added, work } = this;
    if (work === undefined) return;
    // What is still added is lost, as with every span that has ended.
    this.added = this.work = undefined;
    if (added !== undefined) {
      added.setAttributes(work.outcome());
      endSpan(added, endTime, error);
      return;
    }
    this.attributes = work.whole(this.spans.settings);
    this.endMillis = epochMillis(endTime);
    this.milliseconds = endTime - work.startTime;
    this.error = error;
    this.finished.take(this);
  }

  get kind(): SpanKind {
    return INTERNAL;
  }

  get startTime(): HrTime {
    return hrTime(this.endMillis - this.milliseconds);
  }

  get endTime(): HrTime {
    return hrTime(this.endMillis);
  }

  get duration(): HrTime {
    return difference(this.startTime, this.endTime);
  }

  get status(): SpanStatus {
    return this.error === undefined ? UNSET : { code: SpanStatusCode.ERROR, message: this.error };
  }

  get ended(): boolean {
    return this.work === undefined;
  }

  get links(): Link[] {
    return NONE;
  }

  get events(): never[] {
    return NONE;
  }

  get droppedAttributesCount(): number {
    return 0;
  }

  get droppedEventsCount(): number {
    return 0;
  }

  get droppedLinksCount(): number {
    return 0;
  }

  get resource(): unknown {
    return this.finished.resource;
  }

  get instrumentationScope(): unknown {
    return this.finished.scope;
  }
}
