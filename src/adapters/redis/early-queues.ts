import type { Host } from '../../adapter';
import { currentAudience, hearPromise } from './answers';
import { listenTo } from './commands';
import { ownerOf } from './connections';
import type { Args, Client, Connection, Queue } from './library';

const connections = new WeakMap<Queue, Connection>();

type Constructor<T> = new (...parameters: never[]) => T;

/** What a client has made of the two that it makes right after each other. */
let newest: { queue?: Queue; connection?: Connection } = {};

function pair(made: typeof newest): void {
  const { queue, connection } = (newest = { ...newest, ...made });
  if (queue === undefined || connection === undefined) return;
  connections.set(queue, connection);
  newest = {};
}

export function patchQueueClass(exports: { default: Constructor<Queue> }, host: Host): void {
  host.wrap(exports, 'default', (Original) => {
    return class extends (Original as Constructor<Queue>) {
      constructor(...parameters: never[]) {
        super(...parameters);
        pair({ queue: this });
      }
    };
  });
}

export function patchConnectionClass(exports: { default: Constructor<Connection> }, host: Host): void {
  host.wrap(exports, 'default', (Original) => {
    return class extends (Original as Constructor<Connection>) {
      constructor(...parameters: never[]) {
        super(...parameters);
        pair({ connection: this });
      }
    };
  });
}

/** Before 5 the methods of commands are made when the library loads: only what they add to the queue can be heard. */
export function patchQueue(prototype: Queue, host: Host): void {
  host.wrap(prototype, 'addCommand', (original) => {
    return function addCommand(this: Queue, args: Args, options?: unknown): unknown {
      const { telemetry } = host;
      const audience = currentAudience();
      const client = clientOf(this);
      if (telemetry === undefined || client === undefined) return original.call(this, args, options);
      const answer = audience === undefined ? listenTo(client, args, telemetry, host) : audience.listenerOf(args);
      const result = original.call(this, args, options) as Promise<unknown>;
      return answer === undefined ? result : hearPromise(result, answer);
    };
  });
}

function clientOf(queue: Queue): Client | undefined {
  const connection = connections.get(queue);
  return connection && ownerOf<Client>(connection);
}
