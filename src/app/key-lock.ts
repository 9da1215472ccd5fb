import { randomUUID } from 'node:crypto';
import type { Flight } from './flights';
import type { Shelf } from './shelf';
import type { Acquired, Locks, Observed } from './stores/store';

/** How long a lock lasts whose process is gone, in milliseconds; a load that takes longer prolongs it. */
const LONGEST = 10_000;
const SHORTEST = 1000;

/** The flights of this process that hold a lock, by its token. */
const holders = new Map<string, Flight>();

/** The lock of one key, which other processes see. */
export class KeyLock {
  private readonly token = randomUUID();
  /** Whoever waits for a process that is gone has some of its time left to load. */
  private readonly milliseconds: number;
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(
    private readonly locks: Locks,
    private readonly shelf: Shelf,
    private readonly flight: Flight,
    private readonly observed: Observed,
    loadTimeout: number,
  ) {
    this.milliseconds = Math.floor(Math.min(LONGEST, Math.max(SHORTEST, loadTimeout / 2)));
  }

  /** @returns undefined: the store failed */
  async acquire(): Promise<Acquired | undefined> {
    try {
      return await this.locks.acquire(this.flight.key, this.token, this.milliseconds);
    } catch (error) {
      this.observed?.survives(error);
      return undefined;
    }
  }

  /** Whether it can be waited for: not where who holds it waits for this flight, as the loader of another cache does that asks this one. */
  mayAwait({ holder }: Acquired): boolean {
    const other = holders.get(holder);
    return other === undefined || this.flight.mayAwait(other);
  }

  /** It was acquired: from now on it is prolonged. */
  hold(): void {
    holders.set(this.token, this.flight);
    this.timer = setInterval(() => void this.prolong(), this.milliseconds / 3).unref();
  }

  private async prolong(): Promise<void> {
    const { flight, locks, milliseconds, token } = this;
    try {
      if (!(await locks.extend(flight.key, token, milliseconds))) flight.isSuperseded = true;
    } catch {
      // The lock lasts until the next time, or ends.
    }
  }

  /** Releases it once a value is written: whoever gets it then finds that. */
  async releaseBehind(written: Promise<unknown>): Promise<void> {
    // Sent right behind the value where that will do: others have less to wait, and less time to read what is to be taken back.
    if (!this.locks.areOrdered) await written.catch(() => undefined);
    const { flight, observed, shelf } = this;
    const wasMine = await this.release();
    // Somebody has written over the value or deleted it meanwhile.
    if (wasMine === false) await shelf.remove(flight.key, observed);
  }

  /**
   * Nobody waits for it: if it fails, the lock ends by itself.
   * @returns whether it was still held; undefined: that is not known
   */
  async release(): Promise<boolean | undefined> {
    const { flight, locks, observed, token } = this;
    holders.delete(token);
    clearInterval(this.timer);
    try {
      return await locks.release(flight.key, token);
    } catch (error) {
      observed?.survives(error);
      return undefined;
    }
  }
}
