import type { ProxyTracerProvider, TracerProvider } from '@opentelemetry/api';
import type { TraceApi } from './imports';

/**
 * Calls `demand` whenever a tracer that a copy of the API handed out before there was an SDK is about to start a span. An SDK that is
 * registered during that call makes the span.
 *
 * The API's proxy asks `getDelegateTracer` at that moment. It gets no delegate of ours: an application that looks whether a provider is
 * registered must see what it would see without us.
 */
export class SpanDemand {
  /** Undefined: there is an SDK already. */
  private readonly proxy: ProxyTracerProvider | undefined;

  constructor({ trace, ProxyTracer, ProxyTracerProvider }: TraceApi, demand: () => void) {
    const proxy = trace.getTracerProvider();
    if (!(proxy instanceof ProxyTracerProvider)) return;
    this.proxy = proxy;
    const { getDelegateTracer } = proxy;
    proxy.getDelegateTracer = (...tracer) => {
      demand();
      return getDelegateTracer.apply(proxy, tracer);
    };
    // The original asks `getDelegateTracer` too; who gets a tracer does not start a span yet.
    proxy.getTracer = (...tracer) => getDelegateTracer.apply(proxy, tracer) ?? new ProxyTracer(proxy, ...tracer);
  }

  /** Nobody is to be called any more. */
  stop(): void {
    if (this.proxy === undefined) return;
    Reflect.deleteProperty(this.proxy, 'getDelegateTracer');
    Reflect.deleteProperty(this.proxy, 'getTracer');
  }

  /** The tracers of this copy are to be those of an SDK that may have been registered by another copy. */
  delegateTo(provider: TracerProvider): void {
    this.proxy?.setDelegate(provider);
  }
}
