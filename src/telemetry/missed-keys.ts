import { codeAt } from '../char-codes';

/** How many recently missed keys are remembered per cache; 4 bytes each. */
const SLOTS = 4096;

/**
 * Remembers which keys were missed and not written since, in constant memory and without holding a key: a table of
 * hashes in which a newer key takes the slot of an older one.
 */
export class MissedKeys {
  private readonly slots = new Int32Array(SLOTS);
  /** Slots in use: where nothing was missed, writes need no hash. */
  private used = 0;

  /** Notes a miss; true when the key had been missed before and was not written since. */
  add(key: unknown): boolean {
    const hash = hashOf(key);
    const slot = hash & (SLOTS - 1);
    if (this.slots[slot] === hash) return true;
    if (this.slots[slot] === 0) this.used++;
    this.slots[slot] = hash;
    return false;
  }

  /** Notes that a key was written; true when it had been missed before and was not written since. */
  remove(key: unknown): boolean {
    if (this.used === 0) return false;
    const hash = hashOf(key);
    const slot = hash & (SLOTS - 1);
    if (this.slots[slot] !== hash) return false;
    this.slots[slot] = 0;
    this.used--;
    return true;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * FNV-1a over the first and last 64 units of a key and its length, two units at a time: keys of megabytes cost no more than short ones. A
 * text has the hash of its bytes where it is ASCII.
 */
export function hashOf(key: unknown): number {
  const hash = typeof key === 'string' ? hashOfText(key) : key instanceof Uint8Array ? hashOfBytes(key) : undefined;
  return hash === undefined ? hashOf(String(key)) : spread(hash);
}

function hashOfText(text: string): number {
  const { length } = text;
  let hash = FNV_OFFSET ^ length;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    if (i === 64 && length > 128) i = length - 64;
    hash = Math.imul(hash ^ (codeAt(text, i) << 8) ^ codeAt(text, i + 1), FNV_PRIME);
  }
  return i < length ? Math.imul(hash ^ codeAt(text, i), FNV_PRIME) : hash;
}

function hashOfBytes(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = FNV_OFFSET ^ length;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    if (i === 64 && length > 128) i = length - 64;
    hash = Math.imul(hash ^ (bytes[i]! << 8) ^ bytes[i + 1]!, FNV_PRIME);
  }
  return i < length ? Math.imul(hash ^ bytes[i]!, FNV_PRIME) : hash;
}

function spread(hash: number): number {
  // The slot is taken from the low bits, which FNV mixes badly in keys that are alike.
  const mixed = hash ^ (hash >>> 15);
  // 0 marks an empty slot. Signed: half of the others would be objects.
  return mixed === 0 ? 1 : mixed;
}
