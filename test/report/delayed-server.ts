import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { LOOPBACK } from '../support/redis-server';
import type { RedisServer } from '../support/servers';

export interface DelayedServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Brings a server so many milliseconds away: what it answers arrives that much later. */
export async function delayed({ host, port }: RedisServer, milliseconds: number): Promise<DelayedServer> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, host);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((one) => one.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (data) => void setTimeout(() => client.write(data), milliseconds));
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  return {
    url: `redis://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
