import { equal } from 'node:assert/strict';
import { ATTR_CACHE_HIT } from '../../src/semconv';
import { runFixture } from '../support/fixture';
import { startMemcached, startRedis, startRedisCluster, startSentinel } from '../support/servers';
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

/** Runs `official-clients.js` with servers of its own. */
export async function clientReport(client: 'redis' | 'memcached', ...args: string[]): Promise<ClientReport> {
  const { env, stop } = await serversOf(client, args);
  try {
    const { stdout, stderr } = await runFixture('official-clients.js', { args: [client, ...args], env });
    equal(stderr, '');
    return JSON.parse(stdout) as ClientReport;
  } finally {
    await stop();
  }
}

interface Servers {
  readonly env: Record<string, string>;
  stop(): Promise<unknown>;
}

function serversOf(client: 'redis' | 'memcached', options: readonly string[]): Promise<Servers> {
  if (client === 'memcached') return memcachedServers(options.includes('several') ? 2 : 1);
  if (options.includes('sentinel')) return redisSentinel();
  return options.includes('cluster') ? redisCluster() : redisServer();
}

async function redisSentinel(): Promise<Servers> {
  const { sentinels, masterName, stop } = await startSentinel();
  const ports = sentinels.map(({ port }) => port);
  return { env: { SENTINELS: ports.join(), MASTER: masterName }, stop };
}

async function redisCluster(): Promise<Servers> {
  const cluster = await startRedisCluster();
  const ports = cluster.masters.map(({ port }) => port);
  return { env: { REDIS_NODES: ports.join() }, stop: () => cluster.stop() };
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
