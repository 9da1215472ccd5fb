import { createNoopMeter, metrics, ProxyTracerProvider, trace, type TracerProvider } from '@opentelemetry/api';
import { packageOf } from '../loaded-modules';
import { SCOPE_NAME } from '../semconv';
import { isImported } from './imports';

const NOOP_TRACER_PROVIDER = new ProxyTracerProvider().getDelegate().constructor;
const NOOP_METER = createNoopMeter().constructor;

const SDK_PACKAGES = ['node', 'trace', 'trace-base', 'trace-node', 'metrics'].map(
  (part) => `@opentelemetry/sdk-${part}`,
);

/** The registered providers, as far as a preload deals with them. */
interface Flushable {
  forceFlush?: () => Promise<void>;
}

/** Whether anybody has registered a provider of traces or of metrics. */
export function isSdkRegistered(): boolean {
  return (
    registeredTracerProvider() !== undefined ||
    metrics.getMeterProvider().getMeter(SCOPE_NAME).constructor !== NOOP_METER
  );
}

/** The provider of traces that somebody has registered; undefined: nobody has. */
export function registeredTracerProvider(): TracerProvider | undefined {
  const provider = tracerProvider();
  return provider.constructor === NOOP_TRACER_PROVIDER ? undefined : provider;
}

/** Whether somebody has loaded an SDK, and so may be about to register it. */
export function isSdkLoaded(): boolean {
  if (SDK_PACKAGES.some(isImported)) return true;
  return Object.keys(require.cache).some((path) => SDK_PACKAGES.includes(packageOf(path) ?? ''));
}

/** Has the registered providers export what they hold. */
export function flushRegisteredSdk(): Promise<unknown> {
  const providers = [tracerProvider(), metrics.getMeterProvider()] as Flushable[];
  return Promise.all(providers.map(async (provider) => provider.forceFlush?.()));
}

/** The provider of traces behind the API's proxy, which may be that of another copy of the API. */
export function tracerProvider(): TracerProvider {
  const provider = trace.getTracerProvider();
  return (provider as Partial<ProxyTracerProvider>).getDelegate?.() ?? provider;
}
