import type { Host } from '../../adapter';
import { clientOf } from './clients';
import type { Memcached } from './library';

/** The methods that write a value, by the names of their commands. */
const WRITES = ['set', 'add', 'replace', 'cas', 'append', 'prepend'] as const;

interface Call {
  readonly client: Memcached;
  readonly type: (typeof WRITES)[number];
  readonly parameters: IArguments;
  /** There is a query, which is an operation by itself, or the refusal has been told. */
  isTold: boolean;
}

/** The write that is being called. */
let calling: Call | undefined;

/** The write that is being called has become a query. */
export function noteQuery(): void {
  if (calling !== undefined) calling.isTold = true;
}

/** A value that is larger than the client's limit, or has no text, is refused before there is a query. */
export function patchWrites(prototype: Memcached, host: Host): void {
  for (const type of WRITES) {
    host.wrap(prototype, type, (original) => {
      return function write(this: Memcached): unknown {
        const outer = calling;
        const call: Call = (calling = { client: this, type, parameters: arguments, isTold: false });
        try {
          return Reflect.apply(original, this, arguments) as unknown;
        } catch (error) {
          if (!call.isTold) refuse(call, error, host);
          throw error;
        } finally {
          calling = outer;
        }
      };
    });
  }
  patchMakeCallback(prototype, host);
}

function patchMakeCallback(prototype: Memcached, host: Host): void {
  host.wrap(prototype, 'makeCallback', (original) => {
    return function makeCallback(this: Memcached): unknown {
      // Only where it refuses a value, the client calls this on its prototype.
      if (this === prototype && calling !== undefined) refuse(calling, arguments[1], host);
      return Reflect.apply(original, this, arguments) as unknown;
    };
  });
}

function refuse(call: Call, error: unknown, host: Host): void {
  const { client, type, parameters } = call;
  const { telemetry } = host;
  call.isTold = true;
  telemetry?.attempt(() => {
    const operation = telemetry.begin(
      clientOf(client, telemetry, host),
      type,
      argumentsOf(client, type, parameters),
      0,
    );
    if (operation !== undefined) telemetry.fail(operation, error, undefined);
  });
}

/** As those of a query: key, value, expiry and what else it has. */
function argumentsOf(
  { namespace }: Memcached,
  type: Call['type'],
  [key, value, third, fourth]: IArguments,
): readonly unknown[] {
  const whole = namespace + String(key);
  if (type === 'append' || type === 'prepend') return [whole, value];
  return type === 'cas' ? [whole, value, fourth, third] : [whole, value, third];
}
