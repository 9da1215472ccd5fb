import { equal } from 'node:assert/strict';
import { ATTR_CACHE_HIT } from '../../src/semconv';
import { runFixture } from '../support/fixture';
import { startMemcached, startRedis, type RedisCluster, type SentinelSet } from '../support/servers';
import type { Attributes } from '../support/telemetry-data';

export const OFFICIAL = '@opentelemetry/instrumentation-ioredis';

export interface Span {
  readonly scope: string;
  readonly name: string;
  readonly attributes: Attributes;
  readonly status: { readonly code: number };
}

/** What `preload-official.js` prints. */
export interface Report {
  readonly single: Span[];
  readonly failure: Span[];
  readonly pipeline: Span[];
  readonly transaction: Span[];
  readonly hooked: string[];
  readonly restored: unknown[];
  readonly metrics: Record<string, { readonly value: number; readonly attributes: Attributes }[]>;
}

/** Runs `preload-official.js` with a server of its own. */
export async function report(...args: string[]): Promise<Report> {
  const redis = await startRedis({});
  try {
    const { stdout, stderr } = await runFixture('preload-official.js', { args, env: { REDIS_URL: redis.url } });
    equal(stderr, '');
    return JSON.parse(stdout) as Report;
  } finally {
    await redis.stop();
  }
}

/** What `official-clients.js` prints. */
export interface ClientReport extends Report {
  /** Why the command failed that was to fail. */
  readonly error?: string;
  /** Methods that called back in another context than their caller's. */
  readonly lost: string[];
  /** Of a command that the client sends once more, elsewhere or otherwise. */
  readonly resent: Span[];
  /** Of a command whose connection breaks. */
  readonly broken: Span[];
}

interface Servers {
  readonly env: Record<string, string>;
  stop?(): Promise<unknown>;
}

/** Runs `official-clients.js`, with servers of its own where none are given. */
export async function clientReport(
  client: 'redis' | 'memcached',
  options: readonly string[],
  given?: Servers,
): Promise<ClientReport> {
  const { env, stop } = given ?? (await serversOf(client, options));
  try {
    const { stdout, stderr } = await runFixture('official-clients.js', { args: [client, ...options], env });
    equal(stderr, '');
    return JSON.parse(stdout) as ClientReport;
  } finally {
    await stop?.();
  }
}

/** A cluster as `official-clients.js` is told of it. */
export function clusterServers({ masters }: RedisCluster): Servers {
  return { env: { REDIS_NODES: masters.map(({ port }) => port).join() } };
}

/** Sentinels as `official-clients.js` is told of them. */
export function sentinelServers({ sentinels, masterName }: SentinelSet): Servers {
  return { env: { SENTINELS: sentinels.map(({ port }) => port).join(), MASTER: masterName } };
}

function serversOf(client: 'redis' | 'memcached', options: readonly string[]): Promise<Servers> {
  return client === 'redis' ? redisServer() : memcachedServers(options.includes('several') ? 2 : 1);
}

async function redisServer(): Promise<Servers> {
  const redis = await startRedis({});
  return { env: { REDIS_URL: redis.url }, stop: () => redis.stop() };
}

async function memcachedServers(count: number): Promise<Servers> {
  const servers = await Promise.all(Array.from({ length: count }, () => startMemcached([])));
  return {
    env: { MEMCACHED_SERVERS: servers.map(({ location }) => location).join() },
    stop: () => Promise.all(servers.map((server) => server.stop())),
  };
}

/** Of each span: who made it, its name, and whether it was a hit. */
export function shape(spans: readonly Span[]): unknown[] {
  return spans.map(({ scope, name, attributes }) => [scope, name, attributes[ATTR_CACHE_HIT]]);
}

/** The sum of a metric over all its series. */
export function sum({ metrics }: Report, name: string): number {
  return (metrics[name] ?? []).reduce((all, { value }) => all + value, 0);
}
