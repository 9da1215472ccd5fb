import type { Context } from '@opentelemetry/api';
import { FinishedSpans, type SpanTaker } from '../telemetry/finished-spans';
import { isSdk3, sdkPart } from './sdk-parts';
import { otlpExporterPackage, variable } from './variables';

/** The SDK's `SpanProcessor`. */
interface SpanProcessor extends SpanTaker {
  onStart(span: object, parentContext: Context): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The part of `@opentelemetry/core` that is used. */
interface Core {
  readonly isTracingSuppressed?: (context: Context) => boolean;
}

/** The part of the trace SDK that is used. */
interface TraceSdk {
  readonly BatchSpanProcessor?: new (given: unknown) => SpanProcessor;
}

/** A sampler that goes by the parent wherever there is one; the SDK's own default is one too. */
const GOES_BY_PARENT = /^(parentbased_(always_on|always_off|traceidratio))?$/;

/** Whatever changes what becomes of a span on its way through the SDK. */
const LIMITS = [
  'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_NODE_EXPERIMENTAL_SDK_METRICS',
];

/**
 * By the options of the processor, which reads the variables itself up to SDK 2. The SDK takes its default for a value that is no positive
 * number; the class alone would not.
 */
const BATCHING = {
  maxQueueSize: 'OTEL_BSP_MAX_QUEUE_SIZE',
  maxExportBatchSize: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
  scheduledDelayMillis: 'OTEL_BSP_SCHEDULE_DELAY',
  exportTimeoutMillis: 'OTEL_BSP_EXPORT_TIMEOUT',
};

/**
 * The span processor that the standard variables ask for, and a way for spans of ours to get to it without those parts of the SDK
 * that cost most.
 * @param require that of the SDK package, which has the exporters as dependencies
 * @returns undefined where the SDK had better make its own: a variable asks for more than that, or a part is not to be had
 */
export function batchedSpans(
  require: NodeJS.Require,
): { readonly processor: SpanProcessor; readonly spans: FinishedSpans } | undefined {
  const exporterPackage = otlpExporterPackage('trace');
  if (variable('OTEL_TRACES_EXPORTER', 'otlp') !== 'otlp' || exporterPackage === undefined) return undefined;
  if (!GOES_BY_PARENT.test(variable('OTEL_TRACES_SAMPLER', '')) || LIMITS.some((name) => variable(name, '') !== ''))
    return undefined;
  if (Object.values(BATCHING).some((name) => !/^0*[1-9]\d*$/.test(variable(name, '1')))) return undefined;
  try {
    const { isTracingSuppressed } = sdkPart('core', require) as Core;
    const { BatchSpanProcessor } = sdkPart('tracing', require) as TraceSdk;
    const { OTLPTraceExporter } = require(exporterPackage) as { OTLPTraceExporter: new () => unknown };
    if (isTracingSuppressed === undefined || BatchSpanProcessor === undefined) return undefined;
    const exporter = new OTLPTraceExporter();
    const batch = new BatchSpanProcessor(isSdk3(require) ? { exporter, ...batchingOptions() } : exporter);
    const spans = new FinishedSpans(batch, isTracingSuppressed);
    return { processor: new LearningProcessor(batch, spans), spans };
  } catch {
    return undefined;
  }
}

/** Those that are given: an empty variable is 0. */
function batchingOptions(): Record<string, number> {
  const all = Object.entries(BATCHING).map(([option, name]) => [option, Number(variable(name, ''))] as const);
  return Object.fromEntries(all.filter(([, value]) => value > 0));
}

/** Shows the spans that the SDK makes to {@link FinishedSpans}. */
class LearningProcessor implements SpanProcessor {
  constructor(
    private readonly next: SpanProcessor,
    private readonly spans: FinishedSpans,
  ) {}

  onStart(span: object, parentContext: Context): void {
    this.next.onStart(span, parentContext);
  }

  onEnd(span: object): void {
    this.spans.learn(span);
    this.next.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.next.shutdown();
  }
}
