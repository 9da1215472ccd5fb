import type { Client } from './client';

/** Undefined: the client library is not observed now. */
type Describe = (instance: never) => Client | undefined;

const describers = new WeakMap<object, Describe>();

/** From now on instances of a client class are recognized, wherever they turn up. */
export function recognizeClients<T extends object>(prototype: T, describe: (instance: T) => Client | undefined): void {
  describers.set(prototype, describe);
}

/** The description of a client library's instance; undefined: it is something else. */
export function observedClient(candidate: unknown): Client | undefined {
  if (typeof candidate !== 'object' || candidate === null) return undefined;
  for (let one: unknown = candidate; one !== null; one = Object.getPrototypeOf(one) as unknown) {
    const describe = describers.get(one as object);
    if (describe !== undefined) return describe(candidate as never);
  }
  return undefined;
}
