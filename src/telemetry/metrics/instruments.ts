import type {
  BatchObservableCallback,
  Histogram as Instrument,
  Meter,
  MeterProvider,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api';
import { LEGACY_SCOPE_NAME, SCOPE_NAME } from '../../semconv';
import { VERSION } from '../../version';
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
import type { Source } from './direct-readers';
import type { HitRate } from './hit-rate';
import { LastLevels } from './last-levels';
import { isProducing } from './producing';

/** The instruments that were made of one provider. */
export interface Instruments {
  readonly durations: Instrument | undefined;
  readonly sizes: Instrument | undefined;
  readonly latencies: Instrument | undefined;
  readonly times: ReadonlyMap<HistogramMetric, Instrument | undefined>;
  readonly detach: () => void;
}

/** What the instruments that are observed tell of, as it is when they are. */
interface Observed extends Source {
  readonly hitRate: HitRate;
}

/** Makes the instruments of a provider: histograms to be recorded, counts and levels that are read when they are collected. */
export function makeInstruments(provider: MeterProvider, observed: Observed): Instruments {
  const { settings } = observed;
  const meter = provider.getMeter(SCOPE_NAME, VERSION);
  const legacy = provider.getMeter(LEGACY_SCOPE_NAME, VERSION);
  const wanted = histograms(settings);
  const instrument = (metric: HistogramMetric) =>
    wanted.includes(metric) ? histogramOf(metric.legacy === true ? legacy : meter, metric) : undefined;
  const counters = COUNTERS.map((metric) => meter.createObservableCounter(metric.name, about(metric)));
  const hitRate = meter.createObservableGauge(HIT_RATE.name, about(HIT_RATE));
  const callback = observeCounts(provider, observed, counters, hitRate);
  meter.addBatchObservableCallback(callback, [...counters, hitRate]);
  const detachLevels = levels(settings).map((metric) => observeLevel(metric, observed, meter, legacy));
  const detach = () => {
    meter.removeBatchObservableCallback(callback, [...counters, hitRate]);
    for (const detachLevel of detachLevels) detachLevel();
  };
  const [durations, sizes, latencies] = [instrument(DURATION), instrument(VALUE_SIZE), instrument(LATENCY)];
  const times = new Map([...APP_LEVEL_TIMES, ...CONNECTION_TIMES].map((metric) => [metric, instrument(metric)]));
  return { durations, sizes, latencies, times, detach };
}

function observeCounts(
  provider: MeterProvider,
  observed: Observed,
  counters: readonly Observable[],
  hitRate: Observable,
): BatchObservableCallback {
  return (result) => {
    if (isProducing()) return;
    const { statistics, ledger } = observed;
    COUNTERS.forEach((metric, index) => {
      const counter = counters[index]!;
      metric.read(statistics, (total, attributes) => {
        result.observe(counter, ledger.tell(provider, metric, attributes, total), attributes);
      });
    });
    observed.hitRate.read(statistics, (value, attributes) => {
      result.observe(hitRate, value, attributes);
    });
  };
}

/** @returns how to take it back */
function observeLevel(metric: LevelMetric, observed: Observed, meter: Meter, legacy: Meter): () => void {
  const level =
    metric.legacy === true
      ? legacy.createObservableGauge(metric.name, about(metric))
      : meter.createObservableUpDownCounter(metric.name, about(metric));
  const last = new LastLevels();
  const callback: ObservableCallback = (result) => {
    if (isProducing()) return;
    last.read(metric, observed.statistics, (value, attributes) => {
      result.observe(value, attributes);
    });
  };
  level.addCallback(callback);
  return () => {
    level.removeCallback(callback);
  };
}

function about({ unit, description }: MetricDescription): { unit: string; description: string } {
  return { unit, description };
}

function histogramOf(meter: Meter, metric: HistogramMetric): Instrument {
  const advice = { explicitBucketBoundaries: [...metric.bounds] };
  return meter.createHistogram(metric.name, { ...about(metric), advice });
}
