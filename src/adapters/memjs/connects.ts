import type { Host } from '../../adapter';
import { AUTH_ERROR } from '../../memcached/binary';
import { Connect } from '../../telemetry/creations';
import { ConnectionClosed } from '../../telemetry/errors';
import { clientOf, ownerOf } from './clients';
import type { Server } from './library';

export type Use = (socket: unknown) => void;

interface Attempt {
  readonly connect: Connect;
  /** Takes back what listens to its connection. */
  forget?: () => void;
}

const attempts = new WeakMap<Server, Attempt>();

/**
 * A server is about to connect.
 * @param use called with the connection as soon as it can be used
 * @returns what is to be called in its place
 */
export function connects(server: Server, use: Use, host: Host): Use {
  const { telemetry } = host;
  const owner = ownerOf(server);
  if (telemetry === undefined || owner === undefined) return use;
  const connect = telemetry.attempt(() => new Connect(clientOf(owner, telemetry, host), telemetry));
  if (connect === undefined) return use;
  attempts.set(server, { connect });
  return (socket) => {
    take(server)?.succeeded();
    use(socket);
  };
}

/**
 * A server has begun to connect. Where the connection ends before it can be used, the client only lets go of it, which is no error
 * to it.
 */
export function follow(server: Server): void {
  const attempt = attempts.get(server);
  const { _socket: socket } = server;
  if (attempt === undefined || socket === undefined) return;
  const ended = (): void => {
    if (attempts.get(server) === attempt) take(server)?.failed(new ConnectionClosed());
  };
  socket.once('close', ended);
  attempt.forget = () => {
    socket.removeListener('close', ended);
  };
}

/** The application closes the connection. */
export function callOff(server: Server): void {
  take(server)?.aborted();
}

/** Whatever goes wrong with a connection passes here. */
export function patchError(prototype: Server, host: Host): void {
  host.wrap(prototype, 'error', (original) => {
    return function error(this: Server, reason: unknown): unknown {
      // A failed authentication is the only error that the client tells as a text.
      take(this)?.failed(reason, typeof reason === 'string' ? AUTH_ERROR : undefined);
      return original.call(this, reason) as unknown;
    };
  });
}

function take(server: Server): Connect | undefined {
  const attempt = attempts.get(server);
  attempts.delete(server);
  attempt?.forget?.();
  return attempt?.connect;
}
