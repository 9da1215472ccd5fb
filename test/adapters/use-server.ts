import { startRedis, type RedisOptions, type RedisServer } from '../support/servers';

export interface TestServer<Client> {
  readonly server: RedisServer;
  /** `host:port`, which is the cache's name too. */
  readonly address: string;
  /** Closes a client after the test. */
  closing<T extends Client>(client: T): T;
}

/**
 * Call it in a `describe`: a Redis server of its own, empty before each test, so that nobody else's metrics are in its cache.
 * @param close how a client is closed
 */
export function useServer<Client>(options: RedisOptions, close: (client: Client) => void): TestServer<Client> {
  let server: RedisServer;
  let clients: Client[] = [];
  before(async () => {
    server = await startRedis(options);
  });
  beforeEach(() => server.call('FLUSHALL'));
  afterEach(() => {
    clients.forEach(close);
    clients = [];
  });
  after(() => server.stop());
  return {
    get server() {
      return server;
    },
    get address() {
      return `${server.host}:${server.port}`;
    },
    closing: (client) => {
      clients.push(client);
      return client;
    },
  };
}
