import { ProxyTracer, ProxyTracerProvider, trace } from '@opentelemetry/api';

/**
 * Calls `demand` whenever a tracer that the API handed out before there was an SDK is about to start a span. An SDK that is registered
 * during that call makes the span.
 *
 * The API's proxy asks `getDelegateTracer` at that moment. It gets no delegate of ours: an application that looks whether a provider is
 * registered must see what it would see without us.
 *
 * @returns undoes it
 */
export function onSpanDemand(demand: () => void): () => void {
  const proxy = trace.getTracerProvider();
  if (!(proxy instanceof ProxyTracerProvider)) return () => undefined;
  const { getDelegateTracer } = proxy;
  proxy.getDelegateTracer = (...tracer) => {
    demand();
    return getDelegateTracer.apply(proxy, tracer);
  };
  // The original asks `getDelegateTracer` too; who gets a tracer does not start a span yet.
  proxy.getTracer = (...tracer) => getDelegateTracer.apply(proxy, tracer) ?? new ProxyTracer(proxy, ...tracer);
  return () => {
    Reflect.deleteProperty(proxy, 'getDelegateTracer');
    Reflect.deleteProperty(proxy, 'getTracer');
  };
}
