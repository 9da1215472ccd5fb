import { createClient, type RedisClientOptions } from 'redis';
import { startRedis, type RedisOptions, type RedisServer } from '../../support/servers';

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

export interface TestRedis {
  readonly server: RedisServer;
  /** `host:port`, which is the cache's name too. */
  readonly address: string;
  /** A client that is ready, and closed after the test. */
  connect(options?: RedisClientOptions): Promise<TestClient>;
  /** A client that was not told to connect, closed after the test. */
  client(options?: RedisClientOptions): TestClient;
  /** Closes a client that the test made by itself after the test. */
  closing<T extends object>(client: T): T;
}

/** Call it in a `describe`: a Redis server of its own, so that nobody else's metrics are in its cache. */
export function useRedis(options: RedisOptions = {}): TestRedis {
  let server: RedisServer;
  let clients: object[] = [];
  before(async () => {
    server = await startRedis(options);
  });
  beforeEach(() => server.call('FLUSHALL'));
  afterEach(() => {
    for (const client of clients) close(client);
    clients = [];
  });
  after(() => server.stop());
  const closing = <T extends object>(client: T): T => {
    clients.push(client);
    return client;
  };
  const client = (own: RedisClientOptions = {}): TestClient => {
    const { socket, ...rest } = own;
    const { host, port } = server;
    const made = closing(
      createClient({ socket: { host, port, reconnectStrategy: 20, ...socket }, ...rest } as RedisClientOptions),
    ) as TestClient;
    // Without a listener a lost connection ends the process.
    made.on('error', () => undefined);
    return made;
  };
  return {
    get server() {
      return server;
    },
    get address() {
      return `${server.host}:${server.port}`;
    },
    client,
    closing,
    connect: async (own) => client(own).connect(),
  };
}
