/** How many keys are remembered per cache; 23 bytes each. */
const SLOTS = 4096;

/** Misses of one key that come within this time count as coming at once, in milliseconds. */
export const HERD_WINDOW = 1000;

/** What a miss says of its key. */
export interface Miss {
  /** How many times it was missed within {@link HERD_WINDOW} and without a write in between, this one included. */
  readonly atOnce: number;
  /** This process had written it, and its TTL has run out since. */
  readonly expired: boolean;
}

/** Remembers hashes of recent keys, when they were missed and until when they should live. A newer key takes the place of an older one. */
export class KeyMemory {
  private readonly hashes = new Int32Array(SLOTS);
  private readonly firstMisses = new Float64Array(SLOTS);
  private readonly misses = new Uint16Array(SLOTS);
  /** 0: it was not written. */
  private readonly expiries = new Float64Array(SLOTS);
  /** 1: its TTL had run out when it was last written. */
  private readonly renewals = new Uint8Array(SLOTS);

  missed(hash: number, time: number): Miss {
    const slot = this.slotOf(hash);
    if (this.misses[slot] === 0 || time - this.firstMisses[slot]! > HERD_WINDOW) {
      this.firstMisses[slot] = time;
      this.misses[slot] = 0;
    }
    const expiry = this.expiries[slot]!;
    // Told once: what comes after it is missed because nobody has written it again.
    this.expiries[slot] = 0;
    // The count stays at its end instead of starting anew.
    if (this.misses[slot]! < 0xffff) this.misses[slot]!++;
    return { atOnce: this.misses[slot]!, expired: expiry > 0 && expiry <= time };
  }

  /** The key was missed before its last write, but that was told first: whether its TTL had run out by then. */
  hadExpired(hash: number): boolean {
    return this.renewals[this.slotOf(hash)] === 1;
  }

  /** @param ttl seconds; `undefined`: it never expires; `NaN`: it can't be told */
  wrote(hash: number, time: number, ttl: number | undefined): void {
    const slot = this.slotOf(hash);
    const expiry = this.expiries[slot]!;
    this.renewals[slot] = expiry > 0 && expiry <= time ? 1 : 0;
    this.misses[slot] = 0;
    if (ttl === undefined) this.expiries[slot] = Infinity;
    else if (!Number.isNaN(ttl)) this.expiries[slot] = time + ttl * 1000;
  }

  private slotOf(hash: number): number {
    const slot = hash & (SLOTS - 1);
    if (this.hashes[slot] !== hash) {
      this.hashes[slot] = hash;
      this.misses[slot] = 0;
      this.expiries[slot] = 0;
      this.renewals[slot] = 0;
    }
    return slot;
  }
}
