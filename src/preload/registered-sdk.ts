import { createNoopMeter, metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';

const NOOP_TRACER_PROVIDER = new ProxyTracerProvider().getDelegate().constructor;
const NOOP_METER = createNoopMeter().constructor;

const SDK_PACKAGE = /[\\/]node_modules[\\/]@opentelemetry[\\/]sdk-(node|trace|trace-base|trace-node|metrics)[\\/]/;

/** The registered providers, as far as a preload deals with them. */
interface Flushable {
  forceFlush?: () => Promise<void>;
}

/** Whether anybody has registered a provider of traces or of metrics. */
export function isSdkRegistered(): boolean {
  return (
    tracerProvider().constructor !== NOOP_TRACER_PROVIDER ||
    metrics.getMeterProvider().getMeter(SCOPE_NAME).constructor !== NOOP_METER
  );
}

/** Whether somebody has loaded an SDK, and so may be about to register it. */
export function isSdkLoaded(): boolean {
  return Object.keys(require.cache).some((path) => SDK_PACKAGE.test(path));
}

/** Has the registered providers export what they hold. */
export function flushRegisteredSdk(): Promise<unknown> {
  const providers: Flushable[] = [tracerProvider(), metrics.getMeterProvider()];
  return Promise.all(providers.map(async (provider) => provider.forceFlush?.()));
}

function tracerProvider(): object {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
}
