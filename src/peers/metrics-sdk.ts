import { diag, type MeterProvider } from '@opentelemetry/api';
import { enabledTelemetries } from '../current';
import { ExportReplacements } from '../export-replacements';
import { SCOPE_NAME } from '../semconv';
import { DirectReaders } from '../telemetry/metrics/direct-readers';
import { type Share, StatisticsProducer } from '../telemetry/metrics/producer';
import { isProducing } from '../telemetry/metrics/producing';
import type { Peer } from './peer';
import { substitute } from './substitute';

/*
 * A histogram of the metrics SDK costs more per record than all the rest of an operation. Where the application makes a meter provider of
 * its own, its readers therefore ask us when they collect, through the interface that the SDK has for producers of metrics; the exported
 * data are the same. That is done only where they would be: with a view, another aggregation or a limit of the application's there
 * are instruments as ever.
 */

const MODULE = '@opentelemetry/sdk-metrics';

/** By version, from where everybody in the package and outside has the class `MeterProvider`. Before 2.0 readers could be added later. */
export const METRICS_SDKS: readonly Peer[] = [
  // The main module passes it on by a getter, so that who has loaded that one before sees what is replaced here.
  { module: MODULE, versions: ['>=2 <3'], file: 'build/src/MeterProvider', join: joinMetricsSdk },
  { module: MODULE, versions: ['>=3 <4'], join: joinMetricsSdk },
];

/** @see https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricproducer */
interface MetricProducer {
  collect(options?: unknown): Promise<Collected>;
}

interface Collected {
  readonly resourceMetrics: { readonly scopeMetrics: readonly unknown[] };
}

/** @see https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricreader */
interface MetricReader {
  setMetricProducer(producer: MetricProducer): void;
  selectAggregation(instrumentType: string): { readonly type: number };
  selectAggregationTemporality(instrumentType: string): number;
  selectCardinalityLimit?(instrumentType: string): number;
}

interface MeterProviderOptions {
  readonly views?: readonly unknown[];
  readonly readers?: readonly MetricReader[];
}

const HISTOGRAM = 'HISTOGRAM';
const COUNTER = 'OBSERVABLE_COUNTER';
const LEVEL = 'OBSERVABLE_UP_DOWN_COUNTER';
const GAUGE = 'OBSERVABLE_GAUGE';

// The values of the SDK's enums AggregationType and AggregationTemporality.
const DEFAULT_AGGREGATION = 0;
const DELTA = 0;
const CUMULATIVE = 1;

/** What the SDK allows of each instrument unless the application says otherwise. */
const CARDINALITY = 2000;

const replaced = new Map<unknown, ExportReplacements>();

/**
 * From now on the readers of new meter providers ask us.
 * @returns what the application is to get as the module's exports
 */
export function joinMetricsSdk(exports: unknown): unknown {
  let replacements = replaced.get(exports);
  if (replacements === undefined) replaced.set(exports, (replacements = new ExportReplacements(exports)));
  replacements.replace('MeterProvider', () => ({ construct }));
  return replacements.exports ?? exports;
}

/** Leaves the classes as they were. */
export function leaveMetricsSdks(): void {
  for (const replacements of replaced.values()) replacements.restore();
}

function construct(target: Function, args: [MeterProviderOptions?], newTarget: Function): object {
  const readers = enabledTelemetries().length === 0 || isProducing() ? undefined : readersOf(args[0]);
  if (readers === undefined) return Reflect.construct(target, args, newTarget) as object;
  const direct = new DirectReaders(readers.every(wantsDeltas));
  const restore = readers.map((reader) => join(reader, direct));
  try {
    const provider = Reflect.construct(target, args, newTarget) as MeterProvider;
    direct.belongTo(provider);
    return provider;
  } finally {
    for (const undo of restore) undo();
  }
}

/** Undefined: they would export other data than what instruments give them. */
function readersOf(options: MeterProviderOptions | undefined): readonly MetricReader[] | undefined {
  try {
    const { readers = [], views = [] } = options ?? {};
    return readers.length > 0 && views.length === 0 && readers.every(takesOurs) ? readers : undefined;
  } catch (error) {
    diag.debug(
      `${SCOPE_NAME}: the metric readers are told by instruments, for they can't be asked what they want`,
      error,
    );
    return undefined;
  }
}

function takesOurs(reader: MetricReader): boolean {
  const temporality = reader.selectAggregationTemporality(HISTOGRAM);
  return (
    Object.isExtensible(reader) &&
    [HISTOGRAM, COUNTER, LEVEL, GAUGE].every(
      (type) =>
        reader.selectAggregation(type).type === DEFAULT_AGGREGATION &&
        (reader.selectCardinalityLimit?.(type) ?? CARDINALITY) === CARDINALITY,
    ) &&
    [DELTA, CUMULATIVE].includes(temporality) &&
    reader.selectAggregationTemporality(COUNTER) === temporality &&
    reader.selectAggregationTemporality(LEVEL) === CUMULATIVE
  );
}

function wantsDeltas(reader: MetricReader): boolean {
  return reader.selectAggregationTemporality(HISTOGRAM) === DELTA;
}

/**
 * The meter provider is about to give a reader its producer: the reader gets one that asks us too.
 * @returns how to take it back
 */
function join(reader: MetricReader, direct: DirectReaders): () => void {
  const { setMetricProducer } = reader;
  const temporality = wantsDeltas(reader) ? 'delta' : 'cumulative';
  const share: Share = (metric, attributes, total) => direct.share(metric, attributes, total);
  const ours = new StatisticsProducer(temporality, () => direct.source!, share);
  return substitute(reader, 'setMetricProducer', (sdk: MetricProducer) => {
    setMetricProducer.call(reader, withOurs(sdk, direct, ours));
  });
}

function withOurs(sdk: MetricProducer, direct: DirectReaders, ours: StatisticsProducer): MetricProducer {
  return {
    async collect(options) {
      const collected = await sdk.collect(options);
      if (direct.source === undefined || isProducing()) return collected;
      const { resourceMetrics } = collected;
      const scopeMetrics = [...resourceMetrics.scopeMetrics, ...scopeMetricsOf(ours)];
      return { ...collected, resourceMetrics: { ...resourceMetrics, scopeMetrics } };
    },
  };
}

/** What is the application's is exported, whatever becomes of ours. */
function scopeMetricsOf(ours: StatisticsProducer): readonly unknown[] {
  try {
    return (ours.collect() as Collected).resourceMetrics.scopeMetrics;
  } catch (error) {
    diag.error(`${SCOPE_NAME}: the metrics of caches could not be collected`, error);
    return [];
  }
}
