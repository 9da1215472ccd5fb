import { equal } from 'node:assert/strict';
import { createRequire } from 'node:module';
import { batchedSpans } from '../../src/preload/span-processors';
import { withVariables } from '../support/variables';

const require = createRequire(__filename);

/** Whether the processor is ours with these variables, and not one that the SDK makes by itself. */
function isOurs(variables: Readonly<Record<string, string>>): Promise<boolean> {
  return withVariables(variables, async () => {
    const batched = batchedSpans(require);
    await batched?.processor.shutdown();
    return batched !== undefined;
  });
}

describe('the span processor of the preload', () => {
  for (const variables of [
    {},
    { OTEL_TRACES_EXPORTER: 'otlp' },
    { OTEL_TRACES_EXPORTER: ' ' },
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' },
    { OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_BSP_MAX_QUEUE_SIZE: '100' },
  ])
    it(`is ours with ${JSON.stringify(variables)}`, async () => {
      equal(await isOurs(variables), true);
    });

  for (const variables of [
    { OTEL_TRACES_EXPORTER: 'console' },
    { OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_TRACES_EXPORTER: 'zipkin' },
    { OTEL_TRACES_EXPORTER: 'otlp,console' },
    { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'carrier/pigeon' },
    { OTEL_TRACES_SAMPLER: 'always_off' },
    { OTEL_TRACES_SAMPLER: 'traceidratio' },
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '5' },
    { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '5' },
    { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '0' },
    { OTEL_BSP_MAX_QUEUE_SIZE: '-1' },
    { OTEL_BSP_SCHEDULE_DELAY: 'soon' },
  ])
    it(`is left to the SDK with ${JSON.stringify(variables)}`, async () => {
      equal(await isOurs(variables), false);
    });
});
