import { trace } from '@opentelemetry/api';
import Redis from 'ioredis';
import { CacheInstrumentation, cacheReport, type CacheReport } from '../../src';
import { resolveSettings } from '../../src/config';
import { currentTelemetry } from '../../src/current';
import { Telemetry } from '../../src/telemetry/telemetry';
import { createSdk, type Sdk } from '../support/sdk';
import { type RedisServer, startRedis } from '../support/servers';

/** What a workload has at hand. */
export interface Service {
  readonly redis: Redis;
  /** Handles a request: what it does lies below a span. */
  request<T>(handle: () => Promise<T>): Promise<T>;
}

export interface Reports {
  readonly server: RedisServer;
  readonly sdk: Sdk;
  /**
   * The report of a workload.
   * @param at where the service finds the server
   */
  of(workload: (service: Service) => Promise<unknown>, at?: Pick<RedisServer, 'url'>): Promise<CacheReport>;
}

/** Call it in a `describe`: a server and an SDK for all workloads of its tests. */
export function useReports(): Reports {
  let server: RedisServer;
  let sdk: Sdk;
  before(async () => {
    server = await startRedis();
    sdk = createSdk();
  });
  after(async () => {
    await sdk.dispose();
    await server.stop();
  });
  return {
    get server() {
      return server;
    },
    get sdk() {
      return sdk;
    },
    of: (workload, at = server) => reportOf(at, sdk, workload),
  };
}

/** Runs a workload in a service of its own, under an instrumentation of its own, and gives the report of it. */
async function reportOf(
  server: Pick<RedisServer, 'url'>,
  sdk: Sdk,
  workload: (service: Service) => Promise<unknown>,
): Promise<CacheReport> {
  const instrumentation = new CacheInstrumentation();
  // Counters go on from one instrumentation to the next; each report is to be of its own workload.
  currentTelemetry().adopt(new Telemetry(resolveSettings({}, {}), trace.getTracer('test')));
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
