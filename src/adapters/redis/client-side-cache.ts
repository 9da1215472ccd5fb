import type { Host } from '../../adapter';
import type { Client as Described } from '../../telemetry/client';
import { now } from '../../telemetry/clock';
import type { Telemetry } from '../../telemetry/telemetry';
import { type Answer, hearPromise } from './answers';
import { currentCall } from './calls';
import { describe, knownClient } from './clients';
import type { Args, Client, Parser } from './library';

/** The value of `cache.level` for what the client keeps itself. */
const LEVEL = 'client';

/** From 5.1 on. */
export interface ClientSideCache {
  get(key: string): object | undefined;
  handleCache(client: Client, parser: Parser, ask: () => Promise<unknown>, ...more: unknown[]): unknown;
}

/** What the cache was asked for last: a value, or the promise of one that is on its way. */
let lastEntry: object | undefined;

/** Commands that the client answers itself never reach its queue. A miss does, and is observed there. */
export function patchClientSideCache(prototype: ClientSideCache, host: Host): void {
  host.wrap(prototype, 'get', (original) => {
    return function get(this: ClientSideCache, key: string): object | undefined {
      return (lastEntry = original.call(this, key) as object | undefined);
    };
  });
  host.wrap(prototype, 'handleCache', (original) => {
    return function handleCache(
      this: ClientSideCache,
      client: Client,
      parser: Parser,
      ask: () => Promise<unknown>,
      ...more: unknown[]
    ): unknown {
      const { telemetry } = host;
      if (telemetry === undefined) return original.call(this, client, parser, ask, ...more);
      const called = now();
      lastEntry = undefined;
      const result = original.call(this, client, parser, ask, ...more) as Promise<unknown>;
      const isHit = lastEntry !== undefined && 'value' in lastEntry;
      lastEntry = undefined;
      if (!isHit) return result;
      const answer = telemetry.attempt(() =>
        hit(describe(knownClient(client), telemetry, host), parser.redisArgs, called, telemetry),
      );
      return answer === undefined ? result : hearPromise(result, answer);
    };
  });
}

function hit(described: Described, args: Args, called: number, telemetry: Telemetry): Answer | undefined {
  const failed = (): void => undefined;
  const call = currentCall();
  if (call !== undefined) {
    const succeeded = (reply: unknown): void => {
      call.answeredAt(LEVEL, described, args, reply);
    };
    return { succeeded, failed };
  }
  const operation = telemetry.begin(described, String(args[0]), args, 1, called);
  if (operation === undefined) return undefined;
  operation.level = LEVEL;
  const succeeded = (reply: unknown): void => {
    telemetry.succeed(operation, reply);
  };
  return { succeeded, failed };
}
