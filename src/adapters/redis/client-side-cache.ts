import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import type { Client as Described } from '../../telemetry/client';
import { now } from '../../telemetry/clock';
import type { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import { type Answer, hearPromise } from './answers';
import { describe, knownClient } from './clients';
import { currentCall } from './current-call';
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

/**
 * Commands that the client answers itself, or with the answer to one that is in flight, never reach its queue. Other misses do, and are
 * observed there.
 */
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
      const mark = markOf(lastEntry);
      lastEntry = undefined;
      if (mark === undefined) return result;
      const answer = telemetry.attempt(() =>
        answerTo(parser.redisArgs, describe(knownClient(client), telemetry, host), called, mark, telemetry),
      );
      return answer === undefined ? result : hearPromise(result, answer);
    };
  });
}

/** Notes how the cache answers what it does not send; undefined: it sends it. */
function markOf(entry: object | undefined): ((operation: Operation) => void) | undefined {
  if (entry === undefined) return undefined;
  return 'value' in entry ? markKept : markJoined;
}

function markKept(operation: Operation): void {
  operation.level = LEVEL;
}

function markJoined(operation: Operation): void {
  operation.joined();
}

function answerTo(
  args: Args,
  described: Described,
  called: number,
  mark: (operation: Operation) => void,
  telemetry: Telemetry,
): Answer | undefined {
  const call = currentCall();
  const operation =
    call === undefined ? telemetry.begin(described, String(args[0]), args, 1, called) : call.unsent(described, args);
  if (operation === undefined) return undefined;
  mark(operation);
  return {
    succeeded: (reply) => {
      if (call === undefined) telemetry.succeed(operation, reply);
      else call.read(operation, args, reply);
    },
    failed: (error) => {
      if (call === undefined) telemetry.fail(operation, error, replyErrorPrefix(error));
    },
  };
}
