/** How many recently missed keys are remembered per cache; 4 bytes each. */
const SLOTS = 4096;

/**
 * Remembers which keys were missed and not written since, in constant memory and without holding a key: a table of
 * hashes in which a newer key takes the slot of an older one.
 */
export class MissedKeys {
  private readonly slots = new Uint32Array(SLOTS);

  /** Notes a miss; true when the key had been missed before and was not written since. */
  add(key: unknown): boolean {
    const hash = hashOf(key);
    const slot = hash & (SLOTS - 1);
    if (this.slots[slot] === hash) return true;
    this.slots[slot] = hash;
    return false;
  }

  /** Notes that a key was written. */
  remove(key: unknown): void {
    const hash = hashOf(key);
    const slot = hash & (SLOTS - 1);
    if (this.slots[slot] === hash) this.slots[slot] = 0;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over the first and last 64 units of a key and its length: keys of megabytes cost no more than short ones. */
export function hashOf(key: unknown): number {
  const text = typeof key === 'string' ? key : undefined;
  const bytes = key instanceof Uint8Array ? key : undefined;
  const length = text?.length ?? bytes?.length ?? 0;
  if (text === undefined && bytes === undefined) return hashOf(String(key));
  let hash = FNV_OFFSET ^ length;
  for (let i = 0; i < length; i++) {
    if (i === 64 && length > 128) i = length - 64;
    hash = Math.imul(hash ^ (text === undefined ? bytes![i]! : text.charCodeAt(i)), FNV_PRIME);
  }
  // The slot is taken from the low bits, which FNV mixes badly in keys that are alike.
  hash ^= hash >>> 15;
  // 0 marks an empty slot.
  return hash >>> 0 || 1;
}
