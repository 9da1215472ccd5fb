import { createClient, type RedisClientOptions } from 'redis';
import type { RedisOptions } from '../../support/servers';
import { type TestServer, useServer } from '../use-server';

export type TestClient = ReturnType<typeof createClient>;

/** Any client of node-redis, as far as it is closed. */
interface Closable {
  readonly isOpen: boolean;
  destroy?(): unknown;
  disconnect?(): Promise<void>;
}

/** Closes a client at once. Version 4 has another word for it. */
export function close(client: object): void {
  const closable = client as Closable;
  if (!closable.isOpen) return;
  if (closable.destroy !== undefined) closable.destroy();
  else void closable.disconnect!();
}

export interface TestRedis extends TestServer<object> {
  /** A client that is ready, and closed after the test. */
  connect(options?: RedisClientOptions): Promise<TestClient>;
  /** A client that was not told to connect, closed after the test. */
  client(options?: RedisClientOptions): TestClient;
}

/** Call it in a `describe`: a Redis server of its own, and clients of it. */
export function useRedis(options: RedisOptions = {}): TestRedis {
  const used = useServer(options, close);
  const client = (own: RedisClientOptions = {}): TestClient => {
    const { socket, ...rest } = own;
    const { host, port } = used.server;
    const made = used.closing(
      createClient({ socket: { host, port, reconnectStrategy: 20, ...socket }, ...rest } as RedisClientOptions),
    ) as TestClient;
    // Without a listener a lost connection ends the process.
    made.on('error', () => undefined);
    return made;
  };
  return Object.assign(used, { client, connect: (own?: RedisClientOptions) => client(own).connect() });
}
