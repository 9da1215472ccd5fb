import type { Outcome } from '../../src/telemetry/command';
import { redisCommand } from '../../src/redis/commands';

/** What a command's `read` told, keys as text. */
export interface Told {
  lookups: [key: string, hit: boolean][];
  wrote: [key: string, ttl: number | undefined][];
  bytes: number;
  expires?: number;
  deleted?: number;
}

/** Has the reply of a call read. */
export function read(name: string, args: ArrayLike<unknown>, offset: number, reply: unknown): Told {
  const told: Told = { lookups: [], wrote: [], bytes: 0 };
  const outcome: Outcome = {
    args,
    offset,
    lookup: (key, hit) => told.lookups.push([asText(key), hit]) > 0,
    lookUpEach: (answers, sizeOf) => {
      answers.forEach((answer, index) => {
        const size = sizeOf(answer);
        if (size >= -1) outcome.lookup(args[offset + index], size >= 0);
        if (size >= 0) outcome.sized(size);
      });
    },
    wrote: (key, ttl) => told.wrote.push([asText(key), ttl]) > 0,
    sized: (bytes) => (told.bytes += bytes),
    expires: (seconds) => (told.expires = seconds),
    deleted: (count) => (told.deleted = count),
  };
  redisCommand(name).read?.(outcome, reply);
  return told;
}

function asText(key: unknown): string {
  return Buffer.isBuffer(key) || typeof key === 'string' ? key.toString() : typeof key;
}

/** A call as each client hands it on: with and without the name in front, arguments and reply as text and as bytes. */
export function forms(name: string, args: readonly unknown[], reply: unknown) {
  return [args, args.map(asBytes)].flatMap((own) =>
    [reply, asBytes(reply)].flatMap((answer) => [
      { args: own, offset: 0, reply: answer },
      { args: [name, ...own], offset: 1, reply: answer },
    ]),
  );
}

function asBytes(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value);
  if (Array.isArray(value)) return value.map(asBytes);
  if (value instanceof Map) return new Map(Array.from(value, ([field, item]) => [field, asBytes(item)]));
  return value;
}
