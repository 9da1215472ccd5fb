import { equal } from 'node:assert/strict';
import { metricReaders } from '../../src/preload/metric-readers';
import { isProducing } from '../../src/telemetry/metrics/producing';

class Exporter {}

class Broken {
  constructor() {
    throw new Error('other options than expected');
  }
}

/** An SDK that has these parts. */
function sdkOf(parts: Readonly<Record<string, object>>): NodeJS.Require {
  const require = (name: string): object => {
    const part = parts[name];
    if (part === undefined) throw new Error(`Cannot find module '${name}'`);
    return part;
  };
  return require as NodeJS.Require;
}

describe('the metric readers of the preload', () => {
  const exporter = { '@opentelemetry/exporter-metrics-otlp-proto': { OTLPMetricExporter: Exporter } };
  const sdks: Record<string, NodeJS.Require> = {
    'hands on no metrics SDK, and has none': sdkOf({ '@opentelemetry/sdk-node': {}, ...exporter }),
    'has a reader that can not be made': sdkOf({
      '@opentelemetry/sdk-node': { metrics: { PeriodicExportingMetricReader: Broken } },
      ...exporter,
    }),
    'has no exporter': sdkOf({ '@opentelemetry/sdk-node': { metrics: { PeriodicExportingMetricReader: Exporter } } }),
  };
  for (const [title, sdk] of Object.entries(sdks)) {
    it(`are left to an SDK that ${title}, and our metrics go on to reach them by instruments`, () => {
      equal(metricReaders(sdk), undefined);
      equal(isProducing(), false);
    });
  }
});
