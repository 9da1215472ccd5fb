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
  add(key: unknown, common?: Common): boolean {
    const hash = hashOf(key, common);
    const slot = hash & (SLOTS - 1);
    if (this.slots[slot] === hash) return true;
    if (this.slots[slot] === 0) this.used++;
    this.slots[slot] = hash;
    return false;
  }

  /** Notes that a key was written; true when it had been missed before and was not written since. */
  remove(key: unknown, common?: Common): boolean {
    if (this.used === 0) return false;
    const hash = hashOf(key, common);
    const slot = hash & (SLOTS - 1);
    if (this.slots[slot] !== hash) return false;
    this.slots[slot] = 0;
    this.used--;
    return true;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** What the keys of a pattern have in common: it tells none of them from another, and so need not be hashed for each. */
export interface Common {
  /** Characters at their beginning. */
  readonly start: number;
  /** Characters at their end. */
  readonly end: number;
  readonly hash: number;
}

const NOTHING: Common = { start: 0, end: 0, hash: FNV_OFFSET };

/** @param pattern as keys are counted by, such as `user:*:profile`; undefined: all keys are one */
export function commonOf(pattern: string | undefined): Common {
  if (pattern === undefined || !pattern.includes('*')) return NOTHING;
  return {
    start: pattern.indexOf('*'),
    end: pattern.length - 1 - pattern.lastIndexOf('*'),
    hash: hashOf(pattern),
  };
}

/**
 * FNV-1a over the first and last 64 units of what a key does not have in common with others, and its length, two units at a time: keys of
 * megabytes cost no more than short ones. A text has the hash of its bytes where it is ASCII.
 */
export function hashOf(key: unknown, common = NOTHING): number {
  if (typeof key === 'string') return spread(hashOfText(key, common));
  if (key instanceof Uint8Array) return spread(hashOfBytes(key, common));
  return hashOf(String(key), common);
}

function hashOfText(text: string, common: Common): number {
  const end = text.length - common.end;
  let hash = common.hash ^ text.length;
  let i = common.start;
  for (; i + 1 < end; i += 2) {
    if (i === common.start + 64 && end - i > 64) i = end - 64;
    hash = Math.imul(hash ^ (codeAt(text, i) << 8) ^ codeAt(text, i + 1), FNV_PRIME);
  }
  return i < end ? Math.imul(hash ^ codeAt(text, i), FNV_PRIME) : hash;
}

function hashOfBytes(bytes: Uint8Array, common: Common): number {
  const end = bytes.length - common.end;
  let hash = common.hash ^ bytes.length;
  let i = common.start;
  for (; i + 1 < end; i += 2) {
    if (i === common.start + 64 && end - i > 64) i = end - 64;
    hash = Math.imul(hash ^ (bytes[i]! << 8) ^ bytes[i + 1]!, FNV_PRIME);
  }
  return i < end ? Math.imul(hash ^ bytes[i]!, FNV_PRIME) : hash;
}

function spread(hash: number): number {
  // The slot is taken from the low bits, which FNV mixes badly in keys that are alike.
  const mixed = hash ^ (hash >>> 15);
  // 0 marks an empty slot. Signed: half of the others would be objects.
  return mixed === 0 ? 1 : mixed;
}
