export { CacheInstrumentation } from './instrumentation';
export { cacheMetricProducer, type CacheMetricProducer, type CacheMetricProducerOptions } from './metric-producer';
export type { CacheInstrumentationConfig, ClientName, RequestInfo, ResponseInfo, SpanSelector } from './types';
