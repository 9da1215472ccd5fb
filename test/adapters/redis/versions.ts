import type * as CoreLibrary from '@redis/client';
import type * as Library from 'redis';
import { loadVersion } from '../../support/library-versions';
import { startRedis, type RedisOptions, type RedisServer } from '../../support/servers';
import { close, type TestClient } from './use-redis';

export type Redis = typeof Library;
export type Core = typeof CoreLibrary;

/** Those that the supported range begins and ends with, and what is between. */
const VERSIONS = ['4.0.0', '4.7.1', '5.0.0', '5.9.0', '5.12.1', '6.0.0', '6.3.1'];

/** A version of node-redis, with a server that its tests share with those of the others. */
export interface Versioned {
  readonly server: RedisServer;
  readonly library: Redis;
  /** What the package is made of: `@redis/client`, in 4.0 `@node-redis/client`. */
  readonly core: Core;
  /** A client that is ready, and closed after the test. Version 4 has other options and methods: a test knows what it asks for. */
  connect(options?: object): Promise<TestClient>;
  /** Closes what the test made by itself after the test. */
  closing<T extends object>(client: T): T;
}

function isAtLeast(version: string, lowest: string): boolean {
  return version.localeCompare(lowest, 'en', { numeric: true }) >= 0;
}

/**
 * Describes the same for each version from `since` on, and before `until`.
 * @param what is described; the version is added
 */
export function overVersions(
  what: string,
  { since = '4', until = '9', ...options }: RedisOptions & { since?: string; until?: string },
  tests: (versioned: Versioned, version: string) => void,
): void {
  describe(`redis: ${what}`, function () {
    this.timeout(60_000);
    let server: RedisServer;
    before(async () => {
      server = await startRedis(options);
    });
    beforeEach(() => server.call('FLUSHALL'));
    after(() => server.stop());
    for (const version of VERSIONS.filter((one) => isAtLeast(one, since) && !isAtLeast(one, until))) {
      describe(`redis ${version}`, () => {
        let library: Redis;
        let core: Core;
        let clients: object[] = [];
        before(async () => {
          library = (await loadVersion('redis', version)) as Redis;
          core = (await loadVersion(
            'redis',
            version,
            version === '4.0.0' ? '@node-redis/client' : '@redis/client',
          )) as Core;
        });
        afterEach(() => {
          for (const client of clients) close(client);
          clients = [];
        });
        const closing = <T extends object>(client: T): T => {
          clients.push(client);
          return client;
        };
        const versioned: Versioned = {
          get server() {
            return server;
          },
          get library() {
            return library;
          },
          get core() {
            return core;
          },
          closing,
          connect: async (own: { socket?: object } = {}) => {
            const { host, port } = server;
            const socket = { host, port, reconnectStrategy: () => 20, ...own.socket };
            const client = closing(library.createClient({ ...own, socket }) as TestClient);
            client.on('error', () => undefined);
            await client.connect();
            return client;
          },
        };
        tests(versioned, version);
      });
    }
  });
}
