import type { Host } from '../../adapter';
import { Connect } from '../../telemetry/creations';
import { clientOf } from './clients';
import type { Memcached, Socket } from './library';

/** The file of helpers: `fuse` gives a new connection its listeners, right before it connects. */
interface Helpers {
  fuse(target: object, listeners: object): unknown;
}

export function patchHelpers(exports: unknown, host: Host): void {
  host.wrap(exports as Helpers, 'fuse', (original) => {
    return function fuse(this: unknown, target: Partial<Socket>, listeners: object): unknown {
      const result: unknown = original.call(this, target, listeners);
      const { memcached } = target;
      if (memcached !== undefined && target.serverAddress !== undefined) follow(target as Socket, memcached, host);
      return result;
    };
  });
}

/** Only the client has its connections in hand, so nobody sees these listeners. */
function follow(socket: Socket, memcached: Memcached, host: Host): void {
  const { telemetry } = host;
  let attempt = telemetry?.attempt(() => new Connect(clientOf(memcached, telemetry, host), telemetry));
  if (attempt === undefined) return;
  const take = (): Connect | undefined => {
    const taken = attempt;
    attempt = undefined;
    return taken;
  };
  socket.once('connect', () => take()?.succeeded());
  socket.once('error', (error) => take()?.failed(error));
  socket.once('timeout', () => take()?.failed({ code: 'ETIMEDOUT' }));
  socket.once('close', () => take()?.aborted());
}
