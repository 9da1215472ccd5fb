import { equal } from 'node:assert/strict';
import { ATTR_CACHE_HIT } from '../../src/semconv';
import { runFixture } from '../support/fixture';
import { startRedis } from '../support/servers';
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

/** Of each span: who made it, its name, and whether it was a hit. */
export function shape(spans: readonly Span[]): unknown[] {
  return spans.map(({ scope, name, attributes }) => [scope, name, attributes[ATTR_CACHE_HIT]]);
}

/** The sum of a metric over all its series. */
export function sum({ metrics }: Report, name: string): number {
  return (metrics[name] ?? []).reduce((all, { value }) => all + value, 0);
}
