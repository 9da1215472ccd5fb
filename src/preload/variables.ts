/** A variable of the environment as the SDK reads it: an empty one is like none. */
export function variable(name: string, otherwise: string): string {
  return process.env[name]?.trim() || otherwise;
}

/** By `OTEL_EXPORTER_OTLP_PROTOCOL`, and the variable of each signal. */
const ENCODINGS = new Map([
  ['http/protobuf', 'proto'],
  ['http/json', 'http'],
  ['grpc', 'grpc'],
]);

/**
 * The package with the OTLP exporter that the variables ask for; undefined: a protocol that is not known.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function otlpExporterPackage(signal: 'metrics' | 'trace'): string | undefined {
  const ofSignal = `OTEL_EXPORTER_OTLP_${signal === 'trace' ? 'TRACES' : 'METRICS'}_PROTOCOL`;
  const encoding = ENCODINGS.get(variable(ofSignal, variable('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf')));
  return encoding === undefined ? undefined : `@opentelemetry/exporter-${signal}-otlp-${encoding}`;
}
