import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { epochMillis } from '../clock';
import type { Failure } from '../errors';
import { DeferredSpan } from './deferred-span';
import { LinkedContext } from './linked-context';

/**
 * The span of work that other spans may lie below, so it cannot wait for the end of the work as those of commands do. It is
 * started when somebody may need a parent, with the time at which the work began; where nobody does, when the work has ended.
 */
export class ParentSpan {
  private span: Span | undefined;
  private deferred: DeferredSpan | undefined;

  constructor(
    private readonly tracer: Tracer,
    private readonly name: string,
    /** What is known before the work is done. */
    private readonly attributes: Attributes,
    private readonly parent: Context,
    /** As the clock's `now` tells it. */
    private readonly startTime: number,
    /** Whether the outcome decides if there is to be a span. */
    private readonly isSelective: boolean,
  ) {}

  /** The context for what is called meanwhile. */
  enter(): Context {
    if (this.isSelective) {
      this.deferred ??= new DeferredSpan(() => this.start());
      return trace.setSpan(LinkedContext.of(this.parent), this.deferred);
    }
    return trace.setSpan(LinkedContext.of(this.parent), this.start());
  }

  private start(): Span {
    const { name, attributes, parent } = this;
    const startTime = epochMillis(this.startTime);
    return (this.span ??= this.tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes, startTime }, parent));
  }

  /**
   * @param endTime as the clock's `now` tells it
   * @param outcome what is known of the work now
   * @param isWanted whether the outcome makes it a span; one that others lie below is one in any case
   */
  end(endTime: number, outcome: Attributes, failure: Failure | undefined, isWanted: boolean): void {
    if (this.span === undefined) {
      if (!isWanted) {
        this.deferred?.drop(trace.getSpan(this.parent));
        return;
      }
      Object.assign(this.attributes, outcome);
      this.start();
    } else this.span.setAttributes(outcome);
    const span = this.start();
    this.deferred?.drop(span);
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
    span.end(epochMillis(endTime));
  }
}
