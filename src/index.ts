export { CacheInstrumentation } from './instrumentation';
export { cacheHooks, type OfficialHooks, type OfficialRequestInfo } from './hooks';
export { cacheMetricProducer, type CacheMetricProducer, type CacheMetricProducerOptions } from './metric-producer';
export type { CacheInstrumentationConfig, ClientName, RequestInfo, ResponseInfo, SpanSelector } from './types';
