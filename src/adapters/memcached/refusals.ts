import type { Host } from '../../adapter';
import { type ArgumentsOf, RefusedCalls } from '../../telemetry/refused-calls';
import type { Memcached } from './library';

type Arguments = ArgumentsOf<Memcached>;

// As those of a query: key, value, expiry and what else it has.
const stored: Arguments = ({ 0: key, 1: value, 2: lifetime }, client) => [wholeKey(client, key), value, lifetime];
const swapped: Arguments = ({ 0: key, 1: value, 2: cas, 3: lifetime }, client) => [
  wholeKey(client, key),
  value,
  lifetime,
  cas,
];
const joined: Arguments = ({ 0: key, 1: value }, client) => [wholeKey(client, key), value];

function wholeKey({ namespace }: Memcached, key: unknown): string {
  return namespace + String(key);
}

/** The methods that write a value: one that is larger than the client's limit, or has no text, is refused. */
const WRITES: Readonly<Record<string, Arguments>> = {
  set: stored,
  add: stored,
  replace: stored,
  cas: swapped,
  append: joined,
  prepend: joined,
};

export const refusals = new RefusedCalls(WRITES);

export function patchWrites(prototype: Memcached, host: Host): void {
  refusals.patch(prototype, host);
  host.wrap(prototype, 'makeCallback', (original) => {
    return function makeCallback(this: Memcached): unknown {
      try {
        return Reflect.apply(original, this, arguments) as unknown;
      } finally {
        // Only where it refuses a value, the client calls this on its prototype.
        if (this === prototype) refusals.refused(arguments[1]);
      }
    };
  });
}
