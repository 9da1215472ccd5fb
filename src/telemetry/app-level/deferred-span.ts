import { INVALID_SPAN_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { StandIn } from './stand-in';

/**
 * Stands for a span that is made once somebody needs it: a child, a log line with the trace's id, whoever adds to it. With `spans`
 * such as `errors,slow` nobody knows when the work begins whether it will be a span; this way the spans that lie below it
 * always have their parent, and where there are none it costs none.
 */
export class DeferredSpan extends StandIn {
  private span: Span | undefined = undefined;

  constructor(private start: (() => Span) | undefined) {
    super();
  }

  /** Whether the span was made; until then the work is traced as its own parent is. */
  get isMade(): boolean {
    return this.span !== undefined;
  }

  /** The work is over: what still comes has this span. */
  drop(span: Span | undefined): void {
    this.span ??= span ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    this.start = undefined;
  }

  protected override made(): Span {
    return (this.span ??= this.start!());
  }
}
