import { startMemcached, type MemcachedServer } from '../support/servers';

/** Call it in a `describe`: so many Memcached servers of its own, each empty. */
export function useMemcached(count = 1, args: readonly string[] = []): readonly MemcachedServer[] {
  const servers: MemcachedServer[] = [];
  before(async () => {
    for (let i = 0; i < count; i++) servers.push(await startMemcached(args));
  });
  after(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  return servers;
}

/** As clients and `server.address` have it. */
export function listOf(servers: readonly MemcachedServer[]): string {
  return servers.map(({ location }) => location).join(',');
}
