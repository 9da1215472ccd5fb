import {
  createNoopMeter,
  metrics,
  type Attributes,
  type BatchObservableCallback,
  type Context,
  type Histogram as Instrument,
  type Meter,
  type MeterProvider,
  type Observable,
} from '@opentelemetry/api';
import type { Settings } from '../../config';
import { LEGACY_SCOPE_NAME, SCOPE_NAME } from '../../semconv';
import { VERSION } from '../../version';
import type { OperationRow } from '../cache';
import type { DurationRow } from '../durations';
import type { Statistics } from '../statistics';
import { COUNTERS, DURATION, HIT_RATE, type HistogramMetric, histograms, LATENCY, VALUE_SIZE } from './catalogue';
import { HitRate } from './hit-rate';
import { isProducing } from './producing';

const NOOP_METER = createNoopMeter().constructor;

/** The instruments that were made of one provider. */
interface Instruments {
  readonly provider: MeterProvider;
  /** There is no SDK behind the provider. */
  readonly noop: boolean;
  readonly recorders: ReadonlyMap<HistogramMetric, Instrument>;
  readonly detach: () => void;
}

/**
 * Hands the statistics to the metrics API: counts as observable instruments that read the table when they are collected, durations and
 * sizes as histograms. There is no proxy meter provider: instruments made before the application starts its SDK stay
 * no-ops for ever, so they are made anew whenever the provider is another one.
 *
 * While a {@link cacheMetricProducer} hands the same table to a reader, this outlet rests.
 */
export class MeterOutlet {
  private instruments: Instruments | undefined;
  private pinned: MeterProvider | undefined;

  constructor(
    private statistics: Statistics,
    private settings: Settings,
  ) {}

  configure(settings: Settings): void {
    const remake = settings.semconv !== this.settings.semconv && this.instruments !== undefined;
    this.settings = settings;
    if (!remake) return;
    const { provider } = this.instruments!;
    this.detach();
    this.follow(provider);
  }

  /** Reads another table from now on. */
  read(statistics: Statistics): void {
    this.statistics = statistics;
  }

  pin(provider: MeterProvider): void {
    this.pinned = provider;
    this.follow(provider);
  }

  /** Makes the instruments of a provider unless they are those that there are. */
  follow(provider: MeterProvider): void {
    if (isProducing() || this.instruments?.provider === provider) return;
    // What an earlier provider was told is not told again; without a provider nobody was told.
    const past = this.instruments === undefined || this.instruments.noop ? undefined : this.totals();
    this.detach();
    this.instruments = this.make(provider, past);
  }

  detach(): void {
    this.instruments?.detach();
    this.instruments = undefined;
  }

  duration(row: DurationRow, seconds: number, parent: Context): void {
    row.histogram.record(seconds);
    this.recorder(DURATION)?.record(seconds, row.attributes, parent);
  }

  size(row: OperationRow, bytes: number, parent: Context): void {
    row.sizes.record(bytes);
    this.recorder(VALUE_SIZE)?.record(bytes, row.attributes, parent);
  }

  latency(row: OperationRow, milliseconds: number, parent: Context): void {
    if (this.settings.semconv === 'stable') return;
    row.latencies.record(milliseconds);
    this.recorder(LATENCY)?.record(milliseconds, row.attributes, parent);
  }

  private recorder(metric: HistogramMetric): Instrument | undefined {
    if (isProducing()) {
      if (this.instruments !== undefined) this.detach();
      return undefined;
    }
    this.follow(this.pinned ?? metrics.getMeterProvider());
    return this.instruments?.recorders.get(metric);
  }

  private make(provider: MeterProvider, past: ReadonlyMap<Attributes, number>[] | undefined): Instruments {
    const meter = provider.getMeter(SCOPE_NAME, VERSION);
    const legacy = provider.getMeter(LEGACY_SCOPE_NAME, VERSION);
    const recorders = new Map(
      histograms(this.settings).map((metric) => [metric, histogramOf(metric.legacy === true ? legacy : meter, metric)]),
    );
    const observables: Observable[] = COUNTERS.map(({ name, unit, description }) =>
      meter.createObservableCounter(name, { unit, description }),
    );
    const { name, unit, description } = HIT_RATE;
    const hitRate = meter.createObservableGauge(name, { unit, description });
    const callback = this.observe(observables, hitRate, past);
    meter.addBatchObservableCallback(callback, [...observables, hitRate]);
    const detach = () => {
      meter.removeBatchObservableCallback(callback, [...observables, hitRate]);
    };
    return { provider, noop: meter.constructor === NOOP_METER, recorders, detach };
  }

  private observe(
    observables: readonly Observable[],
    hitRateGauge: Observable,
    past: ReadonlyMap<Attributes, number>[] | undefined,
  ): BatchObservableCallback {
    const hitRate = new HitRate();
    return (result) => {
      COUNTERS.forEach((metric, index) => {
        const observable = observables[index]!;
        metric.read(this.statistics, (value, attributes) => {
          result.observe(observable, value - (past?.[index]?.get(attributes) ?? 0), attributes);
        });
      });
      hitRate.read(this.statistics, (value, attributes) => {
        result.observe(hitRateGauge, value, attributes);
      });
    };
  }

  private totals(): ReadonlyMap<Attributes, number>[] {
    return COUNTERS.map((metric) => {
      const totals = new Map<Attributes, number>();
      metric.read(this.statistics, (value, attributes) => {
        totals.set(attributes, value);
      });
      return totals;
    });
  }
}

function histogramOf(meter: Meter, { name, unit, description, bounds }: HistogramMetric): Instrument {
  return meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...bounds] } });
}
