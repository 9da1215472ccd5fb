'use strict';

const { context, metrics, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');

const SUCCESS = { code: 0 };

/** The real SDK, with exporters that throw away what they are given: what is left is the price of recording. */
function startSdk({ metricProducers = [] } = {}) {
  const spanExporter = { export: (_spans, done) => done(SUCCESS), shutdown: () => Promise.resolve() };
  const metricExporter = {
    export: (_metrics, done) => done(SUCCESS),
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  // Nothing is dropped: a dropped span would be a cheap one.
  const processor = new BatchSpanProcessor(spanExporter, { maxQueueSize: 1_000_000, scheduledDelayMillis: 100 });
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [processor] });
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 1000,
    exportTimeoutMillis: 1000,
    metricProducers,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return { stop: () => Promise.all([tracerProvider.shutdown(), reader.shutdown()]) };
}

/** Runs a function below a parent span, sampled or not. */
function belowParent(sampled, run) {
  const parent = sampled
    ? trace.getTracer('benchmark').startSpan('parent')
    : trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 0 });
  return context.with(trace.setSpan(context.active(), parent), run);
}

module.exports = { startSdk, belowParent };
