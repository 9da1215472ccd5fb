import {
  type Context,
  ProxyTracerProvider,
  type Span,
  type SpanOptions,
  trace,
  type Tracer,
  type TracerOptions,
  type TracerProvider,
} from '@opentelemetry/api';

/**
 * What the API's proxy hands out until there is an SDK: tracers that ask for one when they start their first span. When somebody
 * registers an SDK, the same tracers use that one.
 */
export class LazyTracerProvider implements TracerProvider {
  /** @param need is called when a span is about to be started */
  constructor(private readonly need: () => void) {}

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    return new LazyTracer(() => {
      this.need();
      return registeredTracer(name, version, options);
    });
  }
}

class LazyTracer implements Tracer {
  private registered: Tracer | undefined;

  constructor(private readonly find: () => Tracer | undefined) {}

  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    this.registered ??= this.find();
    return this.registered?.startSpan(name, options, context) ?? trace.wrapSpanContext(NO_SPAN);
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: unknown[]): ReturnType<F> {
    this.registered ??= this.find();
    if (this.registered !== undefined) {
      return (this.registered.startActiveSpan as (...all: unknown[]) => ReturnType<F>)(name, ...rest);
    }
    const run = rest[rest.length - 1] as F;
    return run(trace.wrapSpanContext(NO_SPAN)) as ReturnType<F>;
  }
}

const NO_SPAN = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };

function registeredTracer(name: string, version?: string, options?: TracerOptions): Tracer | undefined {
  const provider = trace.getTracerProvider();
  const delegate = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  return delegate instanceof LazyTracerProvider ? undefined : delegate.getTracer(name, version, options);
}
