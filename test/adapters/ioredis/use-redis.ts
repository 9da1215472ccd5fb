import Redis, { type RedisOptions as ClientOptions } from 'ioredis';
import { until } from '../../support/children';
import type { RedisOptions } from '../../support/servers';
import { type TestServer, useServer } from '../use-server';

export interface TestRedis extends TestServer<{ disconnect(): void }> {
  /** A client that is ready, and disconnected after the test. */
  connect(options?: ClientOptions): Promise<Redis>;
  /** A client in whatever state its options leave it, disconnected after the test. */
  client(options?: ClientOptions): Redis;
}

/** Call it in a `describe`: a Redis server of its own, and clients of it. */
export function useRedis(options: RedisOptions = {}): TestRedis {
  const used = useServer<{ disconnect(): void }>(options, (client) => client.disconnect());
  const client = (own: ClientOptions = {}): Redis => {
    const { host, port } = used.server;
    const redis = used.closing(new Redis({ host, port, retryStrategy: () => 20, ...own }));
    // Without a listener ioredis prints every lost connection.
    redis.on('error', () => undefined);
    return redis;
  };
  const connect = async (own?: ClientOptions): Promise<Redis> => {
    const redis = client(own);
    await until(() => redis.status === 'ready', 'the client is ready');
    return redis;
  };
  return Object.assign(used, { client, connect });
}
