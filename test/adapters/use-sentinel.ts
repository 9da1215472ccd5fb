import { startSentinel, type SentinelSet } from '../support/servers';
import { addresses } from './use-cluster';

export interface TestSentinel extends SentinelSet {
  /** The sentinels, as `host:port` in a list: what a client is configured with. */
  readonly target: string;
}

/** Call it in a `describe`: a master with its replica and sentinels of its own. */
export function useSentinel(): TestSentinel {
  const set = {} as TestSentinel;
  before(async function () {
    this.timeout(60_000);
    const servers = await startSentinel();
    Object.assign(set, servers, { target: addresses(servers.sentinels) });
  });
  after(() => set.stop());
  return set;
}
