import { trace } from '@opentelemetry/api';
import type { CacheInstrumentationConfig } from '../../src';
import { resolveSettings } from '../../src/config';
import { redisCommand } from '../../src/redis/commands';
import type { Client } from '../../src/telemetry/client';
import type { Target } from '../../src/telemetry/durations';
import { Telemetry } from '../../src/telemetry/telemetry';

/** Telemetry that is started, with the global tracer. */
export function startTelemetry(config: CacheInstrumentationConfig = {}): Telemetry {
  const telemetry = new Telemetry(resolveSettings(config, {}), trace.getTracer('test'));
  telemetry.start();
  return telemetry;
}

/** Makes the process forget what was counted, so that the next telemetry does not go on from there. */
export function forget(telemetry: Telemetry): void {
  telemetry.adopt(new Telemetry(resolveSettings({}, {}), trace.getTracer('test')));
}

/** A client as an adapter makes it, without a library behind it. */
export function clientOf(telemetry: Telemetry, target: Partial<Target> = {}, ownName?: string): Client {
  const full: Target = { system: 'redis', endpoint: { address: 'cache.test', port: 6379 }, namespace: '0', ...target };
  return {
    name: 'ioredis',
    moduleVersion: '1.2.3',
    telemetry,
    route: telemetry.route(full, ownName, redisCommand),
    peer: () => ({ address: '10.0.0.1', port: 6380 }),
  };
}

/** A command from the call to its answer; an Error is what the server answered. */
export function run(
  telemetry: Telemetry,
  client: Client,
  name: string,
  args: readonly unknown[],
  reply: unknown,
): void {
  const operation = telemetry.begin(client, name, args, 0);
  if (operation === undefined) return;
  operation.sent({});
  if (reply instanceof Error) telemetry.fail(operation, reply, prefixOf(reply));
  else telemetry.succeed(operation, reply);
}

export type Member = readonly [name: string, args: readonly unknown[], reply: unknown];

/** A pipeline from the call to its answer; an Error is what the server answered to a member. */
export function runBatch(telemetry: Telemetry, client: Client, members: readonly Member[]): void {
  const batch = telemetry.beginBatch(client, 'PIPELINE');
  for (const [name, args] of members) batch.add(client.route.named(name), args, 0);
  for (const [name, args, reply] of members) {
    const series = client.route.named(name);
    if (reply instanceof Error) telemetry.memberFailed(batch, series, args, 0, reply, prefixOf(reply));
    else telemetry.memberSucceeded(batch, series, args, 0, reply);
  }
  telemetry.finishBatch(batch, undefined, undefined);
}

function prefixOf({ message }: Error): string | undefined {
  return /^[A-Z]+/.exec(message)?.[0];
}
