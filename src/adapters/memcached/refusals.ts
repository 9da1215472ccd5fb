import type { Host } from '../../adapter';
import { RefusedCalls, type RequestingMethod } from '../../telemetry/refused-calls';
import type { Memcached } from './library';

type Write = RequestingMethod<Memcached>;

// As those of a query: key, value, expiry and what else it has.
const stored: Write['argumentsOf'] = ({ 0: key, 1: value, 2: lifetime }, client) => [
  wholeKey(client, key),
  value,
  lifetime,
];
const swapped: Write['argumentsOf'] = ({ 0: key, 1: value, 2: cas, 3: lifetime }, client) => [
  wholeKey(client, key),
  value,
  lifetime,
  cas,
];
const joined: Write['argumentsOf'] = ({ 0: key, 1: value }, client) => [wholeKey(client, key), value];

function wholeKey({ namespace }: Memcached, key: unknown): string {
  return namespace + String(key);
}

/** The methods that write a value: one that is larger than the client's limit, or has no text, is refused. */
const WRITES: Readonly<Record<string, Write>> = {
  set: { command: 'set', argumentsOf: stored },
  add: { command: 'add', argumentsOf: stored },
  replace: { command: 'replace', argumentsOf: stored },
  cas: { command: 'cas', argumentsOf: swapped },
  append: { command: 'append', argumentsOf: joined },
  prepend: { command: 'prepend', argumentsOf: joined },
};

export const refusals = new RefusedCalls<Memcached>();

export function patchWrites(prototype: Memcached, host: Host): void {
  refusals.patch(prototype, WRITES, host);
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
