import { equal } from 'node:assert/strict';
import { otlpExporterPackage } from '../../src/preload/variables';
import { withVariables } from '../support/variables';

const ALL = 'OTEL_EXPORTER_OTLP_PROTOCOL';
const METRICS = 'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL';

describe('the OTLP exporter of the preload', () => {
  const cases: readonly [given: Readonly<Record<string, string>>, metrics?: string, trace?: string][] = [
    [{}, 'proto', 'proto'],
    [{ [ALL]: '', [METRICS]: ' ' }, 'proto', 'proto'],
    [{ [ALL]: ' http/json ' }, 'http', 'http'],
    [{ [ALL]: 'grpc', [METRICS]: 'http/json' }, 'http', 'grpc'],
    [{ [ALL]: 'carrier/pigeon', [METRICS]: 'grpc' }, 'grpc'],
    [{ [ALL]: 'toString' }],
  ];
  for (const [given, metrics, trace] of cases) {
    it(`is that of ${JSON.stringify(given)}`, () =>
      withVariables({ [ALL]: undefined, [METRICS]: undefined, ...given }, () => {
        equal(otlpExporterPackage('metrics'), metrics && `@opentelemetry/exporter-metrics-otlp-${metrics}`);
        equal(otlpExporterPackage('trace'), trace && `@opentelemetry/exporter-trace-otlp-${trace}`);
      }));
  }
});
