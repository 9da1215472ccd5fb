import { restingProducer } from '../metric-producer';
import { startProducing } from '../telemetry/metrics/producing';
import { sdkPart } from './sdk-parts';
import { otlpExporterPackage, variable } from './variables';

/**
 * The metric readers that `OTEL_METRICS_EXPORTER` asks for, each with a producer of ours: metrics through a producer cost a
 * tenth of what they cost through instruments.
 * @param require that of the SDK package, which has the exporters as dependencies
 * @returns undefined where the SDK had better make its own readers: there is nothing to export, or a part is not to be had
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#exporter-selection
 */
export function metricReaders(require: NodeJS.Require): unknown[] | undefined {
  const names = [...new Set(list(variable('OTEL_METRICS_EXPORTER', '')))];
  if (names.includes('none')) return undefined;
  try {
    const makers = names.map((name) => readerMaker(name, require));
    if (makers.includes(undefined)) return undefined;
    const readers = makers.map((make, index) => {
      // The variable for the temporality is for the OTLP exporter alone.
      const producer = restingProducer(names[index] === 'otlp' ? undefined : 'cumulative');
      return make!({ metricProducers: [producer] });
    });
    // Not before all are made: else nobody would be told of our metrics.
    startProducing();
    return readers;
  } catch {
    return undefined;
  }
}

type ReaderMaker = (options: { metricProducers: unknown[] }) => unknown;
type Constructor = new (options?: unknown) => unknown;

/** The parts of `@opentelemetry/sdk-metrics` that are used. */
interface MetricsSdk {
  readonly PeriodicExportingMetricReader: Constructor;
  readonly ConsoleMetricExporter: Constructor;
}

function readerMaker(name: string, require: NodeJS.Require): ReaderMaker | undefined {
  if (name === 'prometheus') {
    const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus') as { PrometheusExporter: Constructor };
    return (options) => new PrometheusExporter({ ...prometheusAddress(), ...options });
  }
  const { PeriodicExportingMetricReader, ConsoleMetricExporter } = sdkPart('metrics', require) as MetricsSdk;
  const periodic = (exporter: unknown): ReaderMaker => {
    const times = intervals();
    return (options) => new PeriodicExportingMetricReader({ exporter, ...times, ...options });
  };
  if (name === 'console') return periodic(new ConsoleMetricExporter());
  const exporterPackage = otlpExporterPackage('metrics');
  if (name !== 'otlp' || exporterPackage === undefined) return undefined;
  const { OTLPMetricExporter } = require(exporterPackage) as { OTLPMetricExporter: Constructor };
  return periodic(new OTLPMetricExporter());
}

/** Up to SDK 2 the exporter reads these variables itself. */
function prometheusAddress(): { host?: string; port?: number } {
  const host = variable('OTEL_EXPORTER_PROMETHEUS_HOST', '');
  const port = positive('OTEL_EXPORTER_PROMETHEUS_PORT');
  return { ...(host === '' ? {} : { host }), ...(port === undefined ? {} : { port }) };
}

/** The interval and the timeout of an export, in milliseconds; the timeout must not be the longer one. */
function intervals(): { exportIntervalMillis: number; exportTimeoutMillis: number } {
  const exportIntervalMillis = positive('OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000;
  const timeout = positive('OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000;
  return { exportIntervalMillis, exportTimeoutMillis: Math.min(timeout, exportIntervalMillis) };
}

function positive(name: string): number | undefined {
  const number = Number(variable(name, ''));
  return number > 0 ? number : undefined;
}

function list(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? ['otlp'] : given;
}
