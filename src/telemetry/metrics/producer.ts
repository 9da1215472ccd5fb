import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { LEGACY_SCOPE_NAME, SCOPE_NAME } from '../../semconv';
import { VERSION } from '../../version';
import {
  COUNTERS,
  type CounterMetric,
  HIT_RATE,
  type HistogramMetric,
  histograms,
  type LevelMetric,
  levels,
  type MetricDescription,
} from './catalogue';
import { HistogramDeltas, SumDeltas } from './deltas';
import type { Source } from './direct-readers';
import { HitRate } from './hit-rate';

/** How values are told: since the start (`cumulative`) or since the last collection (`delta`). */
export type Temporality = 'cumulative' | 'delta';

// The values of the SDK's enums AggregationTemporality and DataPointType, so that no SDK package is needed.
const TEMPORALITY = { delta: 0, cumulative: 1 };
const HISTOGRAM = 0;
const GAUGE = 2;
const SUM = 3;

/** How much of the total of a counter is for the reader. */
export type Share = (metric: CounterMetric, attributes: Attributes, total: number) => number;

/** The statistics as the metrics SDK's `MetricProducer` hands them to a reader. */
export class StatisticsProducer {
  private readonly sums = new Map<string, SumDeltas>();
  private readonly distributions = new Map<string, HistogramDeltas>();
  private readonly hitRate = new HitRate();
  private readonly started = hrTime();
  private collected = this.started;

  constructor(
    private readonly temporality: Temporality,
    private readonly current: () => Pick<Source, 'settings' | 'statistics'>,
    private readonly share: Share = (_metric, _attributes, total) => total,
  ) {}

  collect(): unknown {
    const end = hrTime();
    const start = this.temporality === 'delta' ? this.collected : this.started;
    this.collected = end;
    const { settings } = this.current();
    const inScope = (older: boolean) => [
      ...levels(settings)
        .filter(({ legacy = false }) => legacy === older)
        .map((metric) => this.level(metric, end)),
      ...histograms(settings)
        .filter(({ legacy = false }) => legacy === older)
        .map((metric) => this.distribution(metric, start, end)),
    ];
    const counts = COUNTERS.map((metric) => this.sum(metric, start, end));
    const metrics = [...counts, this.gauge(start, end), ...inScope(false)];
    const legacy = inScope(true);
    const scopeMetrics = [scope(SCOPE_NAME, metrics), scope(LEGACY_SCOPE_NAME, legacy)];
    return {
      // The reader takes the resource of its own SDK.
      resourceMetrics: {
        resource: { attributes: {} },
        scopeMetrics: scopeMetrics.filter((one) => one.metrics.length > 0),
      },
      errors: [],
    };
  }

  private sum(metric: CounterMetric, startTime: HrTime, endTime: HrTime): Metric {
    const dataPoints: unknown[] = [];
    const deltas = this.temporality === 'delta' ? entry(this.sums, metric.name, () => new SumDeltas()) : undefined;
    metric.read(this.current().statistics, (total, attributes) => {
      const value = this.share(metric, attributes, total);
      const told = deltas === undefined ? value : deltas.since(attributes, value);
      if (deltas === undefined || told > 0) dataPoints.push({ startTime, endTime, attributes, value: told });
    });
    return { ...this.base(metric, ValueType.INT), dataPointType: SUM, isMonotonic: true, dataPoints };
  }

  /** Always cumulative, as the exporters that prefer deltas want it of counts that may fall. */
  private level(metric: LevelMetric, endTime: HrTime): Metric {
    const dataPoints: unknown[] = [];
    metric.read(this.current().statistics, (value, attributes) => {
      dataPoints.push({ startTime: this.started, endTime, attributes, value });
    });
    const aggregationTemporality = TEMPORALITY.cumulative;
    const base = { ...this.base(metric, ValueType.INT), aggregationTemporality, dataPoints };
    if (metric.legacy === true) return { ...base, dataPointType: GAUGE };
    return { ...base, dataPointType: SUM, isMonotonic: false };
  }

  private gauge(startTime: HrTime, endTime: HrTime): Metric {
    const dataPoints: unknown[] = [];
    this.hitRate.read(this.current().statistics, (value, attributes) => {
      dataPoints.push({ startTime, endTime, attributes, value });
    });
    return { ...this.base(HIT_RATE, ValueType.DOUBLE), dataPointType: GAUGE, dataPoints };
  }

  private distribution(metric: HistogramMetric, startTime: HrTime, endTime: HrTime): Metric {
    const dataPoints: unknown[] = [];
    const create = () => new HistogramDeltas();
    const deltas = this.temporality === 'delta' ? entry(this.distributions, metric.name, create) : undefined;
    metric.read(this.current().statistics, (histogram, attributes: Attributes) => {
      const told = deltas === undefined ? histogram : deltas.since(attributes, histogram);
      if (told === undefined) return;
      const { bounds, counts, count, sum, min, max } = told;
      const value = { buckets: { boundaries: bounds, counts: [...counts] }, count, sum, min, max };
      dataPoints.push({ startTime, endTime, attributes, value });
    });
    return { ...this.base(metric, ValueType.DOUBLE), dataPointType: HISTOGRAM, dataPoints };
  }

  private base({ name, description, unit }: MetricDescription, valueType: ValueType) {
    const aggregationTemporality = TEMPORALITY[this.temporality];
    return { descriptor: { name, description, unit, valueType }, aggregationTemporality };
  }
}

interface Metric {
  readonly descriptor: MetricDescription & { readonly valueType: ValueType };
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly unknown[];
}

function scope(name: string, metrics: readonly Metric[]) {
  return { scope: { name, version: VERSION }, metrics: metrics.filter(({ dataPoints }) => dataPoints.length > 0) };
}

function entry<T>(map: Map<string, T>, name: string, create: () => T): T {
  let value = map.get(name);
  if (value === undefined) map.set(name, (value = create()));
  return value;
}

function hrTime(): HrTime {
  const millis = Date.now();
  return [Math.floor(millis / 1000), (millis % 1000) * 1e6];
}
