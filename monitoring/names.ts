// What the metrics of this package are called in Prometheus. The names, instruments and units come from the package itself.

import { resolveSettings } from '../src/config';
import { COUNTERS, HIT_RATE, histograms, levels } from '../src/telemetry/metrics/catalogue';

/**
 * How metrics reach Prometheus: through an OpenTelemetry Collector (or Prometheus's own OTLP endpoint), which appends units
 * to names, or scraped from the Prometheus exporter of the JavaScript SDK, which does not.
 */
export const ROUTES = ['collector', 'js-exporter'] as const;
export type Route = (typeof ROUTES)[number];

interface Metric {
  readonly instrument: 'counter' | 'gauge' | 'histogram' | 'level';
  readonly unit: string;
}

const settings = resolveSettings({}, {});

const METRICS: ReadonlyMap<string, Metric> = new Map<string, Metric>([
  ...COUNTERS.map(({ name, unit }) => [name, { instrument: 'counter', unit }] as const),
  ...levels(settings).map(({ name, unit }) => [name, { instrument: 'level', unit }] as const),
  ...histograms(settings).map(({ name, unit }) => [name, { instrument: 'histogram', unit }] as const),
  [HIT_RATE.name, { instrument: 'gauge', unit: HIT_RATE.unit }],
]);

/**
 * Units as the Collector writes them. Those in braces, such as `{hit}`, are left out.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/pkg/translator/prometheus/README.md
 */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

function unitSuffix({ instrument, unit }: Metric): string {
  if (unit.startsWith('{')) return '';
  // Only of a gauge is a number without a unit taken to be a ratio.
  if (unit === '1') return instrument === 'gauge' ? '_ratio' : '';
  const word = UNITS[unit];
  if (word === undefined) throw new Error(`how the Collector writes the unit '${unit}' is not known here`);
  return `_${word}`;
}

/** The name of a metric or an attribute less what Prometheus does not allow in it. */
export const escaped = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, '_');

/** All metrics of the package that have no older name in their place. */
export const METRIC_NAMES: readonly string[] = [...METRICS.keys()];

/**
 * The name of a metric in Prometheus; that of a histogram is the stem of its `_bucket`, `_sum` and `_count`.
 * @throws {Error} where the package has no such metric
 */
export function prometheusName(name: string, route: Route): string {
  const metric = METRICS.get(name);
  if (metric === undefined) throw new Error(`there is no metric '${name}'`);
  const unit = route === 'collector' ? unitSuffix(metric) : '';
  return `${escaped(name)}${unit}${metric.instrument === 'counter' ? '_total' : ''}`;
}

/** The series that Prometheus has of a metric, per set of labels: one, or three kinds of a histogram. */
export function seriesNames(name: string, route: Route): readonly string[] {
  const stem = prometheusName(name, route);
  if (METRICS.get(name)?.instrument !== 'histogram') return [stem];
  return [`${stem}_bucket`, `${stem}_sum`, `${stem}_count`];
}
