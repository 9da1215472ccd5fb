import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api';

/** What stands for a span that is made once somebody adds to it. */
export abstract class StandIn implements Span {
  /** The span that it stands for, made now if it was not. */
  protected abstract made(): Span;

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
