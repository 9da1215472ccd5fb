/** The API as ES modules get it: since 1.10 another copy than the one that is required. */
export { ProxyTracer, ProxyTracerProvider, trace } from '@opentelemetry/api';
