import { createServer, type AddressInfo, type Socket } from 'node:net';
import { LOOPBACK } from '../../support/redis-server';

/** A server that does with each command that it gets what a test tells it. */
export async function startTextServer(
  answer: (socket: Socket) => void,
  wanted = 0,
): Promise<{ port: number; location: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(wanted, LOOPBACK, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    location: `${LOOPBACK}:${port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
