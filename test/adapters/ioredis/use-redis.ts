import Redis, { type RedisOptions as ClientOptions } from 'ioredis';
import { until } from '../../support/children';
import { startRedis, type RedisOptions, type RedisServer } from '../../support/servers';

export interface TestRedis {
  readonly server: RedisServer;
  /** `host:port`, which is the cache's name too. */
  readonly address: string;
  /** A client that is ready, and disconnected after the test. */
  connect(options?: ClientOptions): Promise<Redis>;
  /** A client in whatever state its options leave it, disconnected after the test. */
  client(options?: ClientOptions): Redis;
  /** Disconnects a client that the test made by itself after the test. */
  closing<T extends { disconnect(): void }>(client: T): T;
}

/** Call it in a `describe`: a Redis server of its own, so that nobody else's metrics are in its cache. */
export function useRedis(options: RedisOptions = {}): TestRedis {
  let server: RedisServer;
  let clients: { disconnect(): void }[] = [];
  before(async () => {
    server = await startRedis(options);
  });
  beforeEach(() => server.call('FLUSHALL'));
  afterEach(() => {
    for (const client of clients) client.disconnect();
    clients = [];
  });
  after(() => server.stop());
  const closing = <T extends { disconnect(): void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  const client = (own: ClientOptions = {}): Redis => {
    const redis = closing(new Redis({ host: server.host, port: server.port, retryStrategy: () => 20, ...own }));
    // Without a listener ioredis prints every lost connection.
    redis.on('error', () => undefined);
    return redis;
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
    connect: async (own) => {
      const redis = client(own);
      await until(() => redis.status === 'ready', 'the client is ready');
      return redis;
    },
  };
}
