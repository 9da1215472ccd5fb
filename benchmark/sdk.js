'use strict';

const { context, metrics, trace } = require('@opentelemetry/api');
const SUCCESS = { code: 0 };

/**
 * The real SDK, with exporters that throw away what they are given: what is left is the price of recording.
 * @param views of the meter provider
 */
function startSdk(views = []) {
  // Loaded here: our preload waits for an application that has loaded an SDK.
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  const {
    AggregationTemporality,
    MeterProvider,
    PeriodicExportingMetricReader,
  } = require('@opentelemetry/sdk-metrics');
  const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
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
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader], views }));
  return { stop: () => Promise.all([tracerProvider.shutdown(), reader.shutdown()]) };
}

/**
 * Everything that our preload starts: the SDK too, as the standard variables say. Only the exporters' way out is cut off, as above.
 * @param variables `OTEL_*` variables
 */
function startPreload(variables) {
  Object.assign(process.env, {
    OTEL_BSP_MAX_QUEUE_SIZE: '1000000',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_METRIC_EXPORT_TIMEOUT: '1000',
    OTEL_LOGS_EXPORTER: 'none',
    ...variables,
  });
  require('../build/register');
  // It waits for the first span of the application.
  trace.getTracer('benchmark').startSpan('first').end();
  // Not before: it waits for an application that has loaded an SDK.
  const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
  const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-proto');
  for (const { prototype } of [OTLPTraceExporter, OTLPMetricExporter]) {
    prototype.export = (_items, done) => done(SUCCESS);
  }
}

/**
 * Until the SDK has learnt where it runs, it exports nothing and holds all spans: what comes next would be measured with a heap that no
 * service has. It has learnt that when a span of now is out.
 */
async function settle() {
  trace.getTracer('benchmark').startSpan('settled').end();
  await trace.getTracerProvider().getDelegate().forceFlush?.();
}

/** Runs a function below a parent span, sampled or not. */
function belowParent(sampled, run) {
  const parent = sampled
    ? trace.getTracer('benchmark').startSpan('parent')
    : trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 0 });
  return context.with(trace.setSpan(context.active(), parent), run);
}

module.exports = { belowParent, settle, startPreload, startSdk };
