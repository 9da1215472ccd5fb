import {
  type Attributes,
  type AttributeValue,
  type Exception,
  INVALID_SPAN_CONTEXT,
  type Link,
  type Span,
  type SpanContext,
  type SpanStatus,
  type TimeInput,
  trace,
} from '@opentelemetry/api';

/**
 * Stands for a span that is made once somebody needs it: a child, a log line with the trace's id, whoever adds to it. With `spans`
 * such as `errors,slow` nobody knows when the work begins whether it will be a span; this way the spans that lie below it
 * always have their parent, and where there are none it costs none.
 */
export class DeferredSpan implements Span {
  protected span: Span | undefined;

  constructor(private start: (() => Span) | undefined) {}

  /** Whether the span was made; until then the work is traced as its own parent is. */
  get isMade(): boolean {
    return this.span !== undefined;
  }

  /** The work is over: what still comes has this span. */
  drop(span: Span | undefined): void {
    this.span ??= span ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    this.start = undefined;
  }

  private made(): Span {
    return (this.span ??= this.start!());
  }

  spanContext(): SpanContext {
    return this.made().spanContext();
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.made().setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.made().setAttributes(attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    this.made().addEvent(name, attributesOrTime, time);
    return this;
  }

  addLink(link: Link): this {
    this.made().addLink(link);
    return this;
  }

  addLinks(links: Link[]): this {
    this.made().addLinks(links);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.made().setStatus(status);
    return this;
  }

  updateName(name: string): this {
    this.made().updateName(name);
    return this;
  }

  end(): void {
    // It ends with the work, which is not over.
  }

  isRecording(): boolean {
    return this.made().isRecording();
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.made().recordException(exception, time);
  }
}
