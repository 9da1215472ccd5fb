import { trace } from '@opentelemetry/api';
import Redis from 'ioredis';
import { CacheInstrumentation, type CacheInstrumentationConfig, cacheReport, type CacheReport } from '../../src';
import { resolveSettings } from '../../src/config';
import { currentTelemetry } from '../../src/current';
import { Telemetry } from '../../src/telemetry/telemetry';
import type { Sdk } from '../support/sdk';
import type { RedisServer } from '../support/servers';

/** What a workload has at hand. */
export interface Service {
  readonly redis: Redis;
  /** Handles a request: what it does lies below a span. */
  request<T>(handle: () => Promise<T>): Promise<T>;
}

/** Runs a workload in a service of its own, under an instrumentation of its own, and gives the report of it. */
export async function reportOf(
  server: Pick<RedisServer, 'url'>,
  sdk: Sdk,
  workload: (service: Service) => Promise<unknown>,
  config: CacheInstrumentationConfig = {},
): Promise<CacheReport> {
  const instrumentation = new CacheInstrumentation(config);
  // Counters go on from one instrumentation to the next; each report is to be of its own workload.
  currentTelemetry().adopt(new Telemetry(resolveSettings(config, {}), trace.getTracer('test')));
  const redis = new Redis(server.url, { connectionName: 'shop', maxRetriesPerRequest: 0 });
  try {
    await redis.flushall();
    // From now on the details are recorded.
    cacheReport();
    await workload({ redis, request: (handle) => sdk.withParent(handle) });
    return cacheReport();
  } finally {
    redis.disconnect();
    instrumentation.disable();
  }
}

/** Calls for 0, 1, 2, and so on, one after the other. */
export async function times(count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await call(index);
}

/** The same, all at once. */
export function atOnce(count: number, call: (index: number) => Promise<unknown>): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}
