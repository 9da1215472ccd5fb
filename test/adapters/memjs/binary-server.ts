import { createServer, type AddressInfo, type Socket } from 'node:net';
import { LOOPBACK } from '../../support/redis-server';

const HEADER = 24;

/** The status that a request is answered with; undefined: not at all. */
export type Answers = (opcode: number, request: Buffer) => number | undefined;

/** A server that speaks just enough of the binary protocol to answer as a test tells it. */
export async function startBinaryServer(answers: Answers): Promise<{ location: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      while (received.length >= HEADER && received.length >= HEADER + received.readUInt32BE(8)) {
        const length = HEADER + received.readUInt32BE(8);
        const request = received.subarray(0, length);
        received = received.subarray(length);
        const status = answers(request[1]!, request);
        if (status !== undefined) socket.write(response(request, status));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  return {
    location: `${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Without key, extras and value. */
function response(request: Buffer, status: number): Buffer {
  const header = Buffer.alloc(HEADER);
  header[0] = 0x81;
  header[1] = request[1]!;
  header.writeUInt16BE(status, 6);
  request.copy(header, 12, 12, 16);
  return header;
}
