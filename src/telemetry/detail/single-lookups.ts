import { codeAt } from '../../char-codes';

/** Parents that are told apart at a time, per key pattern; 6 bytes each. */
const SLOTS = 256;

/** From this many on, single lookups below one parent are many. */
export const MANY_LOOKUPS = 10;

/**
 * Counts the single lookups of one key pattern below each parent span, in constant memory and without holding a span: a table of
 * hashes of span ids, in which a newer parent takes the place of an older one.
 */
export class SingleLookups {
  /** Parents below which there were any. */
  parents = 0;
  /** Parents below which there were {@link MANY_LOOKUPS} and more. */
  parentsWithMany = 0;
  /** Lookups below those parents. */
  lookupsOfMany = 0;
  /** The most below one parent. */
  most = 0;
  private readonly hashes = new Int32Array(SLOTS);
  private readonly counts = new Uint16Array(SLOTS);

  /** @returns how many there are below this parent by now */
  add(parentSpanId: string): number {
    const hash = hashOf(parentSpanId);
    const slot = hash & (SLOTS - 1);
    if (this.hashes[slot] !== hash) {
      this.hashes[slot] = hash;
      this.counts[slot] = 0;
      this.parents++;
    }
    // The count stays at its end instead of starting anew.
    const count = Math.min(0xffff, this.counts[slot]! + 1);
    this.counts[slot] = count;
    if (count > this.most) this.most = count;
    if (count >= MANY_LOOKUPS) this.addToMany(count);
    return count;
  }

  private addToMany(count: number): void {
    if (count === MANY_LOOKUPS) this.parentsWithMany++;
    this.lookupsOfMany += count === MANY_LOOKUPS ? MANY_LOOKUPS : 1;
  }
}

/** The last eight hexadecimal digits, which ids have random, as a number; never 0, which marks an empty slot. */
function hashOf(spanId: string): number {
  let hash = 0;
  for (let i = Math.max(0, spanId.length - 8); i < spanId.length; i++) {
    const code = codeAt(spanId, i);
    hash = (hash << 4) | ((code & 0xf) + (code > 57 ? 9 : 0));
  }
  return hash || 1;
}
