import type { Host } from '../../adapter';
import { clientOf } from './clients';
import type { MemjsClient } from './library';

type Arguments = (parameters: readonly unknown[]) => readonly unknown[];

const keyAlone: Arguments = ([key]) => [key];
const keyAndSecond: Arguments = ([key, second]) => [key, second];
const stored: Arguments = ([key, value, options]) => [key, value, (options as { expires?: unknown } | null)?.expires];

/** The methods that make a request for a key: the names of their commands, and the arguments of these. */
const METHODS = {
  get: ['get', keyAlone],
  set: ['set', stored],
  add: ['add', stored],
  replace: ['replace', stored],
  delete: ['delete', keyAlone],
  increment: ['incr', keyAndSecond],
  decrement: ['decr', keyAndSecond],
  append: ['append', keyAndSecond],
  prepend: ['prepend', keyAndSecond],
  touch: ['touch', keyAndSecond],
} as const;

/** Whether the method that is being called has made its request. */
let requested = false;

export function noteRequest(): void {
  requested = true;
}

/** What can't be sent, such as a number for a value, is refused before there is a request. The promise form calls the other one. */
export function patchMethods(prototype: MemjsClient, host: Host): void {
  for (const method of Object.keys(METHODS) as (keyof typeof METHODS)[]) {
    host.wrap(prototype, method, (original) => {
      return function call(this: MemjsClient): unknown {
        const outer = requested;
        requested = false;
        try {
          return Reflect.apply(original, this, arguments) as unknown;
        } catch (error) {
          if (!requested) refuse(this, method, arguments, error, host);
          throw error;
        } finally {
          requested = outer;
        }
      };
    });
  }
}

function refuse(
  client: MemjsClient,
  method: keyof typeof METHODS,
  parameters: IArguments,
  error: unknown,
  host: Host,
): void {
  const { telemetry } = host;
  const [name, argumentsOf] = METHODS[method];
  telemetry?.attempt(() => {
    const operation = telemetry.begin(clientOf(client, telemetry, host), name, argumentsOf(Array.from(parameters)), 0);
    if (operation !== undefined) telemetry.fail(operation, error, undefined);
  });
}
