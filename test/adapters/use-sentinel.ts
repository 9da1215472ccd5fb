import { startSentinel, type SentinelSet } from '../support/servers';

/** Call it in a `describe`: a master with its replica and sentinels of its own. */
export function useSentinel(): SentinelSet & { readonly target: string } {
  let servers: SentinelSet;
  before(async function () {
    this.timeout(60_000);
    servers = await startSentinel();
  });
  after(() => servers.stop());
  return {
    get masterName() {
      return servers.masterName;
    },
    get sentinels() {
      return servers.sentinels;
    },
    get master() {
      return servers.master;
    },
    get replica() {
      return servers.replica;
    },
    get target() {
      return servers.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
    },
    failover: () => servers.failover(),
    stop: () => servers.stop(),
  };
}
