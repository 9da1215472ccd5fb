import {
  diag,
  type Attributes,
  type BatchObservableCallback,
  type Context,
  type Histogram as Instrument,
  type Meter,
  type MeterProvider,
  type Observable,
  type ObservableCallback,
} from '@opentelemetry/api';
import type { Settings } from '../../config';
import { LEGACY_SCOPE_NAME, SCOPE_NAME } from '../../semconv';
import { VERSION } from '../../version';
import { metricsApi } from '../api';
import type { OperationRow } from '../cache';
import type { DurationRow } from '../durations';
import type { Histogram } from '../histogram';
import type { Statistics } from '../statistics';
import { APP_LEVEL_TIMES } from './app-level-metrics';
import {
  COUNTERS,
  DURATION,
  HIT_RATE,
  type HistogramMetric,
  histograms,
  LATENCY,
  type LevelMetric,
  levels,
  type MetricDescription,
  VALUE_SIZE,
} from './catalogue';
import { CONNECTION_TIMES } from './connection-metrics';
import { directReaders, type DirectReaders, type Source } from './direct-readers';
import { HitRate } from './hit-rate';
import { LastLevels } from './last-levels';
import { Ledger } from './ledger';
import { isProducing } from './producing';

/** The instruments that were made of one provider. */
interface Instruments {
  readonly durations: Instrument | undefined;
  readonly sizes: Instrument | undefined;
  readonly latencies: Instrument | undefined;
  readonly times: ReadonlyMap<HistogramMetric, Instrument | undefined>;
  readonly detach: () => void;
}

/** How often a provider is looked for, in milliseconds. */
const WATCHING = 1000;

/**
 * Hands the statistics to the metrics API: counts as observable instruments that read the table when they are collected,
 * durations and sizes as histograms. There is no proxy meter provider: instruments made before the application starts its
 * SDK stay no-ops for ever, so they are made anew whenever the provider is another one.
 *
 * No instruments are made of a provider whose {@link DirectReaders} ask for the same table themselves; and while a
 * {@link cacheMetricProducer} hands it to a reader, this outlet rests.
 */
export class MeterOutlet implements Source {
  /** The one that is told. */
  private provider: MeterProvider | undefined;
  private instruments: Instruments | undefined;
  private direct: DirectReaders | undefined;
  private pinned: MeterProvider | undefined;
  private started = false;
  private watched = false;
  private timer: NodeJS.Timeout | undefined;
  ledger = new Ledger();
  private hitRate = new HitRate();

  constructor(
    public statistics: Statistics,
    public settings: Settings,
  ) {}

  configure(settings: Settings): void {
    const remake = settings.semconv !== this.settings.semconv;
    this.settings = settings;
    if (!remake) return;
    this.detach();
    this.refresh();
  }

  /** Goes on where another outlet stopped. */
  adopt({ statistics, ledger, hitRate, watched }: MeterOutlet): void {
    this.watched = watched;
    this.statistics = statistics;
    this.ledger = ledger;
    this.hitRate = hitRate;
  }

  start(): void {
    this.started = true;
    this.refresh();
    if (this.watched) this.watch();
  }

  stop(): void {
    this.started = false;
    clearInterval(this.timer);
    this.timer = undefined;
    this.detach();
  }

  /**
   * Uses this provider instead of the global one. `registerInstrumentations` hands over the global one of the moment where it
   * is given none; then that of each later moment is meant.
   */
  pin(provider: MeterProvider): void {
    this.pinned = provider === metricsApi.getMeterProvider() ? undefined : provider;
    this.refresh();
  }

  /** Whether what is recorded is told with its context: views and exemplars of an application's SDK may read it there. */
  get usesInstruments(): boolean {
    return this.instruments !== undefined;
  }

  duration(row: DurationRow, seconds: number, parent: Context): void {
    row.histogram.record(seconds);
    this.instruments?.durations?.record(seconds, row.attributes, parent);
  }

  size(row: OperationRow, bytes: number, parent: Context): void {
    row.sizes.record(bytes);
    this.instruments?.sizes?.record(bytes, row.attributes, parent);
  }

  latency(row: OperationRow, milliseconds: number, parent: Context): void {
    if (this.settings.semconv !== 'stable') this.legacyLatency(row, milliseconds, parent);
  }

  private legacyLatency(row: OperationRow, milliseconds: number, parent: Context): void {
    row.latencies.record(milliseconds);
    this.instruments?.latencies?.record(milliseconds, row.attributes, parent);
  }

  /** Puts a time of a connection or of an app-level operation into its distribution, in that one's unit. */
  time(metric: HistogramMetric, table: Histogram, attributes: Attributes, value: number, parent?: Context): void {
    table.record(value);
    this.refresh();
    this.instruments?.times.get(metric)?.record(value, attributes, parent);
  }

  /** From now on looks for another provider from time to time too: there may be no operation at which to look. */
  watch(): void {
    this.watched = true;
    this.refresh();
    if (this.started) this.timer ??= setInterval(this.refresh.bind(this), WATCHING).unref();
  }

  /**
   * Makes the instruments of the provider that there is now, unless they are those that there are. Called once per
   * operation, not per record: that is 60 of the 490 ns that an operation costs without an SDK.
   */
  refresh(): void {
    if (!this.started) return;
    if (isProducing()) {
      if (this.provider !== undefined) this.detach();
      return;
    }
    const provider = this.pinned ?? metricsApi.getMeterProvider();
    if (this.provider === provider) return;
    this.detach();
    this.attach(provider);
  }

  private attach(provider: MeterProvider): void {
    this.provider = provider;
    const direct = directReaders(provider);
    if (direct !== undefined && this.tellsDirectly(provider, direct)) {
      direct.source = this;
      this.direct = direct;
      return;
    }
    try {
      this.instruments = this.make(provider);
    } catch (error) {
      diag.error(`${SCOPE_NAME}: the meter provider makes no instruments`, error);
    }
  }

  /** Distributions can't be shared out between a provider and one before it: then it gets instruments, from now on. */
  private tellsDirectly(provider: MeterProvider, direct: DirectReaders): boolean {
    if (direct.isGivenUp) return false;
    if (this.ledger.hasToldNoOther(provider)) return true;
    direct.isGivenUp = true;
    // What it was told the SDK has not seen, and would tell again as the first delta.
    if (direct.areDelta) this.ledger.forget(provider);
    return false;
  }

  private detach(): void {
    if (this.direct?.source === this) {
      this.direct.source = undefined;
      // Its readers have hit rates of their own: what they were told is not for the next provider.
      this.hitRate.read(this.statistics, () => undefined);
    }
    this.instruments?.detach();
    this.provider = this.direct = this.instruments = undefined;
  }

  private make(provider: MeterProvider): Instruments {
    const meter = provider.getMeter(SCOPE_NAME, VERSION);
    const legacy = provider.getMeter(LEGACY_SCOPE_NAME, VERSION);
    const wanted = histograms(this.settings);
    const instrument = (metric: HistogramMetric) =>
      wanted.includes(metric) ? histogramOf(metric.legacy === true ? legacy : meter, metric) : undefined;
    const counters = COUNTERS.map((metric) => meter.createObservableCounter(metric.name, about(metric)));
    const hitRate = meter.createObservableGauge(HIT_RATE.name, about(HIT_RATE));
    const callback = this.observe(provider, counters, hitRate);
    meter.addBatchObservableCallback(callback, [...counters, hitRate]);
    const detachLevels = levels(this.settings).map((metric) => this.observeLevel(metric, meter, legacy));
    const detach = () => {
      meter.removeBatchObservableCallback(callback, [...counters, hitRate]);
      for (const detachLevel of detachLevels) detachLevel();
    };
    const [durations, sizes, latencies] = [instrument(DURATION), instrument(VALUE_SIZE), instrument(LATENCY)];
    const times = new Map([...APP_LEVEL_TIMES, ...CONNECTION_TIMES].map((metric) => [metric, instrument(metric)]));
    return { durations, sizes, latencies, times, detach };
  }

  private observe(
    provider: MeterProvider,
    counters: readonly Observable[],
    hitRate: Observable,
  ): BatchObservableCallback {
    return (result) => {
      if (isProducing()) return;
      COUNTERS.forEach((metric, index) => {
        const counter = counters[index]!;
        metric.read(this.statistics, (total, attributes) => {
          result.observe(counter, this.ledger.tell(provider, metric, attributes, total), attributes);
        });
      });
      this.hitRate.read(this.statistics, (value, attributes) => {
        result.observe(hitRate, value, attributes);
      });
    };
  }

  /** @returns how to take it back */
  private observeLevel(metric: LevelMetric, meter: Meter, legacy: Meter): () => void {
    const level =
      metric.legacy === true
        ? legacy.createObservableGauge(metric.name, about(metric))
        : meter.createObservableUpDownCounter(metric.name, about(metric));
    const last = new LastLevels();
    const callback: ObservableCallback = (result) => {
      if (isProducing()) return;
      last.read(metric, this.statistics, (value, attributes) => {
        result.observe(value, attributes);
      });
    };
    level.addCallback(callback);
    return () => {
      level.removeCallback(callback);
    };
  }
}

function about({ unit, description }: MetricDescription): { unit: string; description: string } {
  return { unit, description };
}

function histogramOf(meter: Meter, metric: HistogramMetric): Instrument {
  const advice = { explicitBucketBoundaries: [...metric.bounds] };
  return meter.createHistogram(metric.name, { ...about(metric), advice });
}
