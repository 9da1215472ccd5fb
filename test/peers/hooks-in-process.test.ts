import { deepEqual, equal } from 'node:assert/strict';
import { trace } from '@opentelemetry/api';
import type { IORedisInstrumentationConfig } from '@opentelemetry/instrumentation-ioredis';
import type { RedisInstrumentationConfig } from '@opentelemetry/instrumentation-redis';
import { currentTelemetry } from '../../src/current';
import { cacheHooks, composeHooks } from '../../src/hooks';
import { METRIC_CACHE_HITS, METRIC_CACHE_OPERATIONS } from '../../src/semconv';
import { createSdk, type Sdk } from '../support/sdk';
import { forget } from '../telemetry/calls';

describe('hooks for the official instrumentation', () => {
  let sdk: Sdk;
  before(() => {
    sdk = createSdk();
    forget(currentTelemetry());
  });
  after(() => sdk.dispose());

  const total = async (name: string, pattern: string): Promise<number> => {
    const points = (await sdk.collectMetrics()).filter((point) => point.name === name);
    const mine = points.filter(({ attributes }) =>
      [pattern, undefined].includes(attributes['cache.key_pattern'] as string),
    );
    return mine.reduce((sum, point) => sum + Number(point.value ?? 0), 0);
  };

  it('count a command once of which two spans are made, because it waited for its connection', async () => {
    const { requestHook, responseHook } = cacheHooks();
    const args = ['twice:1'];
    const spans = [1, 2].map(() => trace.getTracer('official').startSpan('get'));
    for (const span of spans) requestHook(span, { cmdName: 'get', cmdArgs: args });
    for (const span of spans) responseHook(span, 'get', args, 'value');
    for (const span of spans) span.end();
    equal(await total(METRIC_CACHE_HITS, 'twice:*'), 1);
    equal(await total(METRIC_CACHE_OPERATIONS, 'twice:*'), 1);
    const hits = sdk.spans().filter(({ attributes }) => attributes['cache.hit'] === true);
    equal(hits.length, 2, 'both spans are told');
  });

  it('are of the types that the official instrumentations take', () => {
    const ioredis: IORedisInstrumentationConfig = { ...cacheHooks() };
    const redis: RedisInstrumentationConfig = { ...cacheHooks() };
    deepEqual(Object.keys(redis), Object.keys(ioredis));
  });

  it('do nothing while they are not wanted', async () => {
    const { requestHook, responseHook } = composeHooks({}, () => false);
    const span = trace.getTracer('official').startSpan('get');
    requestHook(span, { cmdName: 'get', cmdArgs: ['off:1'] });
    responseHook(span, 'get', ['off:1'], 'value');
    span.end();
    equal(await total(METRIC_CACHE_HITS, 'off:*'), 0);
  });
});
