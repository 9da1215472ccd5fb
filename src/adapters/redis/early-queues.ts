import type { Host } from '../../adapter';
import { currentTaker, hearPromise } from './answers';
import { listenTo } from './commands';
import { ownerOf } from './connections';
import { type ClassFile, wrapClass } from './constructions';
import type { Args, Client, Connection, Queue } from './library';

const connections = new WeakMap<Queue, Connection>();

/** What a client has made of the two that it makes right after each other. */
let newest: { queue?: Queue; connection?: Connection } = {};

function pair(made: typeof newest): void {
  const { queue, connection } = (newest = { ...newest, ...made });
  if (queue === undefined || connection === undefined) return;
  connections.set(queue, connection);
  newest = {};
}

export function patchQueueClass(exports: ClassFile, host: Host): void {
  wrapClass(exports, host, (queue) => {
    pair({ queue: queue as Queue });
  });
}

export function patchConnectionClass(exports: ClassFile, host: Host): void {
  wrapClass(exports, host, (connection) => {
    pair({ connection: connection as Connection });
  });
}

/** Before 5 the methods of commands are made when the library loads: only what they add to the queue can be heard. */
export function patchQueue(prototype: Queue, host: Host): void {
  host.wrap(prototype, 'addCommand', (original) => {
    return function addCommand(this: Queue, args: Args, options?: unknown): unknown {
      const { telemetry } = host;
      const client = clientOf(this);
      if (telemetry === undefined || client === undefined) return original.call(this, args, options);
      const taker = currentTaker();
      const answer = taker === undefined ? listenTo(client, args, telemetry, host) : undefined;
      const result = original.call(this, args, options) as Promise<unknown>;
      taker?.took(args, result);
      return answer === undefined ? result : hearPromise(result, answer);
    };
  });
}

function clientOf(queue: Queue): Client | undefined {
  const connection = connections.get(queue);
  return connection && ownerOf<Client>(connection);
}
