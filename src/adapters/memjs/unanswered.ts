import type { Host } from '../../adapter';
import { ConnectionClosed } from '../../telemetry/errors';
import type { Operation } from '../../telemetry/operation';
import { callOff } from './connects';
import type { Server } from './library';

/** The operation that waits for a response. */
const OPERATION = Symbol('opentelemetry-instrumentation-cache.awaited');

export type Respond = ((response: unknown) => void) & { [OPERATION]?: Operation };

/** @param current the operation whose request is being handed to a server */
export function patchOnResponse(prototype: Server, host: Host, current: () => Operation | undefined): void {
  host.wrap(prototype, 'onResponse', (original) => {
    return function onResponse(this: Server, seq, respond: Respond): unknown {
      const operation = current();
      if (operation !== undefined) respond[OPERATION] = operation;
      return original.call(this, seq, respond);
    };
  });
}

/** What the application closes without having been answered, the client never calls back. */
export function patchClose(prototype: Server, host: Host): void {
  host.wrap(prototype, 'close', (original) => {
    return function close(this: Server): unknown {
      callOff(this);
      const { _socket: socket } = this;
      // Where the server has ended the connection, the client waits for what comes next; 1.3.2 has let go of it, 1.3.0 has not.
      if (socket === undefined || socket.destroyed) lose(this);
      else {
        socket.once('close', () => {
          lose(this);
        });
      }
      return original.call(this) as unknown;
    };
  });
}

function lose({ responseCallbacks }: Server): void {
  for (const { [OPERATION]: operation } of Object.values(responseCallbacks)) {
    operation?.client.telemetry.fail(operation, new ConnectionClosed(), undefined);
  }
}
