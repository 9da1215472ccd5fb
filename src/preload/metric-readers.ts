import { cacheMetricProducer } from '../metric-producer';

const OTLP_EXPORTERS: Readonly<Record<string, string>> = {
  'http/protobuf': '@opentelemetry/exporter-metrics-otlp-proto',
  'http/json': '@opentelemetry/exporter-metrics-otlp-http',
  grpc: '@opentelemetry/exporter-metrics-otlp-grpc',
};

/**
 * The metric readers that `OTEL_METRICS_EXPORTER` asks for, each with a producer of ours: metrics through a producer cost a
 * tenth of what they cost through instruments.
 * @param require that of the SDK package, which has the exporters as dependencies
 * @returns undefined where the SDK had better make its own readers: there is nothing to export, or a part is not to be had
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#exporter-selection
 */
export function metricReaders(require: NodeJS.Require): unknown[] | undefined {
  const names = [...new Set(list(process.env['OTEL_METRICS_EXPORTER'] ?? 'otlp'))];
  if (names.length === 0 || names.includes('none')) return undefined;
  try {
    const makers = names.map((name) => readerMaker(name, require));
    if (makers.includes(undefined)) return undefined;
    return makers.map((make, index) => {
      // The variable for the temporality is for the OTLP exporter alone.
      const producer =
        names[index] === 'otlp' ? cacheMetricProducer() : cacheMetricProducer({ temporality: 'cumulative' });
      return make!({ metricProducers: [producer] });
    });
  } catch {
    return undefined;
  }
}

type ReaderMaker = (options: { metricProducers: unknown[] }) => unknown;
type Constructor = new (options?: unknown) => unknown;

function readerMaker(name: string, require: NodeJS.Require): ReaderMaker | undefined {
  if (name === 'prometheus') {
    const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus') as { PrometheusExporter: Constructor };
    return (options) => new PrometheusExporter(options);
  }
  const { metrics } = require('@opentelemetry/sdk-node') as {
    metrics: { PeriodicExportingMetricReader: Constructor; ConsoleMetricExporter: Constructor };
  };
  const periodic = (exporter: unknown): ReaderMaker => {
    const times = intervals();
    return (options) => new metrics.PeriodicExportingMetricReader({ exporter, ...times, ...options });
  };
  if (name === 'console') return periodic(new metrics.ConsoleMetricExporter());
  const exporterPackage = OTLP_EXPORTERS[otlpProtocol()];
  if (name !== 'otlp' || exporterPackage === undefined) return undefined;
  const { OTLPMetricExporter } = require(exporterPackage) as { OTLPMetricExporter: Constructor };
  return periodic(new OTLPMetricExporter());
}

function otlpProtocol(): string {
  const own = process.env['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL']?.trim();
  return (own || process.env['OTEL_EXPORTER_OTLP_PROTOCOL']?.trim()) ?? 'http/protobuf';
}

/** The interval and the timeout of an export, in milliseconds; the timeout must not be the longer one. */
function intervals(): { exportIntervalMillis: number; exportTimeoutMillis: number } {
  const exportIntervalMillis = positive(process.env['OTEL_METRIC_EXPORT_INTERVAL']) ?? 60_000;
  const timeout = positive(process.env['OTEL_METRIC_EXPORT_TIMEOUT']) ?? 30_000;
  return { exportIntervalMillis, exportTimeoutMillis: Math.min(timeout, exportIntervalMillis) };
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text);
  return number > 0 ? number : undefined;
}

function list(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? ['otlp'] : given;
}
