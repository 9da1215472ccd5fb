import { type Context, type Span, type SpanOptions, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import { VERSION } from '../version';

/** The part of a tracer that is used. */
export interface SpanStarter {
  startSpan(name: string, options: SpanOptions, context: Context): Span;
}

/**
 * The tracer of whichever provider is the global one. That of the API hears only of a provider that was registered through the
 * same copy of the API, and since 1.10 ES modules have a copy of their own.
 */
class GlobalTracer implements SpanStarter {
  private provider: TracerProvider | undefined = undefined;
  private tracer: Tracer | undefined = undefined;

  startSpan(name: string, options: SpanOptions, context: Context): Span {
    const provider = trace.getTracerProvider();
    if (provider !== this.provider) {
      this.tracer = provider.getTracer(SCOPE_NAME, VERSION);
      this.provider = provider;
    }
    return this.tracer!.startSpan(name, options, context);
  }
}

export const globalTracer: SpanStarter = new GlobalTracer();
