import type { Host } from '../../adapter';
import { outsideCalls } from './current-call';
import type { Client, Connectable } from './library';
import { runForCaller } from './sole-spans';

/** What connects at this moment. */
let connecting: Connectable | undefined;

const parts = new WeakMap<object, Connectable>();
const owners = new WeakMap<Connectable, object>();

/** The connection of a client, or the slots of a cluster: both are private in their owners. */
export function partOf<T extends Connectable>(owner: object): T | undefined {
  return parts.get(owner) as T | undefined;
}

/** The client of a connection. */
export function ownerOf<T extends object>(part: Connectable): T | undefined {
  return owners.get(part) as T | undefined;
}

/** A client connects its connection, a cluster its slots, before anything else: then they can be told to belong together. */
export function patchOwner(prototype: Client | Connectable, host: Host): void {
  host.wrap(prototype as Client, 'connect', (original) => {
    return function connect(this: Client): unknown {
      connecting = this._self ?? this;
      try {
        // A connection outlives the command that it was made for.
        return outsideCalls(() => runForCaller(() => original.call(this) as unknown));
      } finally {
        connecting = undefined;
      }
    };
  });
}

/** @param around called in place of the original, which it calls, whenever a part connects */
export function patchPart(
  prototype: Connectable,
  host: Host,
  around: (part: Connectable, connect: () => unknown, host: Host) => unknown,
): void {
  host.wrap(prototype, 'connect', (original) => {
    return function connect(this: Connectable): unknown {
      if (connecting !== undefined) {
        parts.set(connecting, this);
        owners.set(this, connecting);
        connecting = undefined;
      }
      return around(this, () => original.call(this), host);
    };
  });
}
