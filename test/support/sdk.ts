import {
  context,
  metrics,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type MeterProvider,
  type SpanContext,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { JsonMetricsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  AggregationTemporality,
  type InstrumentType,
  MeterProvider as SdkMeterProvider,
  MetricReader,
  type MetricProducer,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  RandomIdGenerator,
  SimpleSpanProcessor,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import { latest, readMetrics, readSpans, type MetricData, type SpanData } from './telemetry-data';

export interface SdkOptions {
  readonly sampler?: Sampler;
  /** Default: cumulative. */
  readonly temporality?: 'delta' | 'cumulative';
  /** Producers that the reader collects from besides the SDK. */
  readonly metricProducers?: MetricProducer[];
  /** With a view, be it of somebody else's metrics, ours go through instruments. */
  readonly views?: ViewOptions[];
  /** Registers the providers globally too. Default: true. */
  readonly global?: boolean;
}

export interface Sdk {
  readonly tracerProvider: BasicTracerProvider;
  readonly meterProvider: MeterProvider;
  /** Finished spans in the order of their end. */
  spans(): readonly SpanData[];
  /** Collects now, and gives the latest point of every series. */
  collectMetrics(): Promise<readonly MetricData[]>;
  /** Forgets the finished spans. */
  reset(): void;
  /** Runs `fn` below a parent span of elsewhere, which is sampled unless told otherwise. */
  withParent<T>(fn: (parent: Parent) => T, options?: { sampled?: boolean }): Promise<Awaited<T>>;
  /** Takes back everything that is global, and shuts the SDK down. */
  dispose(): Promise<void>;
}

/** A reader that collects when it is asked to. */
class ManualReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function makeReader(options: SdkOptions): ManualReader {
  const { DELTA, CUMULATIVE } = AggregationTemporality;
  // As exporters have it that prefer deltas: not for what may fall.
  const deltas = (type: InstrumentType) => (type.endsWith('UP_DOWN_COUNTER') ? CUMULATIVE : DELTA);
  return new ManualReader({
    aggregationTemporalitySelector: options.temporality === 'delta' ? deltas : () => CUMULATIVE,
    ...(options.metricProducers && { metricProducers: options.metricProducers }),
  });
}

/** Reads what the SDK holds through the OTLP form, so that tests see the same in-process and over the wire. */
function decode(bytes: Uint8Array | undefined): object {
  return JSON.parse(Buffer.from(bytes ?? []).toString() || '{}') as object;
}

async function collect(reader: MetricReader): Promise<MetricData[]> {
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw new AggregateError(errors, 'collection failed');
  return latest(readMetrics(decode(JsonMetricsSerializer.serializeRequest(resourceMetrics))));
}

type Parent = Pick<SpanContext, 'traceId' | 'spanId'>;

async function runBelow<T>(fn: (parent: Parent) => T, sampled: boolean): Promise<Awaited<T>> {
  const ids = new RandomIdGenerator();
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const parent = { traceId: ids.generateTraceId(), spanId: ids.generateSpanId(), traceFlags };
  return await context.with(trace.setSpanContext(ROOT_CONTEXT, parent), () => fn(parent));
}

/** Makes an SDK in this process that keeps everything in memory. */
export function createSdk(options: SdkOptions = {}): Sdk {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(options.sampler && { sampler: options.sampler }),
  });
  const reader = makeReader(options);
  const meterProvider = new SdkMeterProvider({ readers: [reader], ...(options.views && { views: options.views }) });
  const contextManager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contextManager);
  if (options.global !== false) {
    trace.setGlobalTracerProvider(tracerProvider);
    metrics.setGlobalMeterProvider(meterProvider);
  }
  const finished = (): SpanData[] =>
    readSpans(decode(JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans())));
  return {
    tracerProvider,
    meterProvider,
    spans: finished,
    collectMetrics: () => collect(reader),
    reset: () => exporter.reset(),
    withParent: (fn, { sampled = true } = {}) => runBelow(fn, sampled),
    dispose: async () => {
      context.disable();
      if (options.global !== false) {
        trace.disable();
        metrics.disable();
      }
      await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
    },
  };
}
