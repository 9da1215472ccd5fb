import { type Span, type SpanContext, trace } from '@opentelemetry/api';
import { contextBelow, type FinishedSpans } from '../finished-spans';
import { DeferredSpan } from './deferred-span';

/**
 * Stands for a span that is handed over when it has ended: others can lie below it, for its ids are known. The SDK makes it only
 * where somebody adds to it, and then under these ids.
 */
export class LightSpan extends DeferredSpan {
  private readonly own: SpanContext;
  private hasEnded = false;

  /** @param start has the SDK make it */
  constructor(
    /** Where it is handed over to. */
    readonly finished: FinishedSpans,
    readonly parent: SpanContext,
    start: () => Span,
  ) {
    super(() => {
      const span = start();
      span.spanContext = () => this.own;
      return span;
    });
    this.own = contextBelow(parent);
  }

  /** What the SDK has made. */
  get added(): Span | undefined {
    return this.span;
  }

  /** It is a span in any case. */
  override get isMade(): boolean {
    return true;
  }

  override spanContext(): SpanContext {
    return this.own;
  }

  override isRecording(): boolean {
    return !this.hasEnded;
  }

  /** It was handed over: what is still added to it is lost, as with every span that has ended. */
  over(): void {
    this.hasEnded = true;
    this.drop(trace.wrapSpanContext(this.own));
  }
}
