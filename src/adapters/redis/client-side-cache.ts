import type { Host } from '../../adapter';
import { hearPromise } from './answers';
import { describe, knownClient } from './clients';
import type { Client, Parser } from './library';

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
      const args = parser.redisArgs;
      const operation = telemetry.begin(describe(knownClient(client), telemetry, host), String(args[0]), args, 1);
      lastEntry = undefined;
      const result = original.call(this, client, parser, ask, ...more) as Promise<unknown>;
      const isHit = lastEntry !== undefined && 'value' in lastEntry;
      lastEntry = undefined;
      if (operation === undefined || !isHit) return result;
      operation.level = LEVEL;
      return hearPromise(result, {
        succeeded: (reply) => {
          telemetry.succeed(operation, reply);
        },
        failed: () => undefined,
      });
    };
  });
}
