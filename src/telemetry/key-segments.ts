import { codeAt } from '../char-codes';
import { isIdentifier } from './identifiers';
import { BOTH_CASES, DIGIT, GLUE, kindAt, ODD, RARE_GLUE, SEPARATOR, UPPER } from './key-characters';
import { mask, MAX_ADDRESS_GROUP, MIN_ADDRESS_GROUPS, spanEnd } from './spanning-identifiers';

/** Segments of a key that are looked at; all after them is one `*`. */
export const MAX_SEGMENTS = 12;

const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;

/** A part of a key between separators. */
export class Segment {
  /** Where the separators before it start. */
  from = 0;
  start = 0;
  end = 0;
  /** What it is in the pattern; undefined: itself. */
  text: string | undefined = undefined;
}

/** A key cut into segments, with the identifiers found. Made once and used for all keys: reading allocates little. */
export class KeySegments {
  /** What the segments' positions refer to: the key, or the key with a `*` in place of some identifiers. */
  key = '';
  readonly list: readonly Segment[] = Array.from({ length: MAX_SEGMENTS + 1 }, () => new Segment());
  /** How many of the list are in use. */
  count = 0;

  /**
   * Reads a key that is not empty.
   * @param cut the key goes on past the given text: the last segment can't be judged
   */
  read(key: string, cut: boolean): void {
    this.key = key;
    if (!this.#split(true)) {
      this.key = mask(key);
      this.#split(false);
    }
    if (cut) this.list[this.count - 1]!.text = '*';
  }

  /** @returns false: there are signs of identifiers that must be masked first */
  #split(mayMask: boolean): boolean {
    const { key, list } = this;
    this.count = 0;
    for (let at = 0; at < key.length;) {
      const segment = list[this.count++]!;
      segment.from = at;
      segment.start = separatorsEnd(key, at);
      const rare = readSegment(key, segment) || hasDoubleColon(key, segment);
      if (mayMask && (rare || mayEndAddress(segment, this.count))) return false;
      if (this.count > MAX_SEGMENTS) {
        segment.text = '*';
        return true;
      }
      at = segment.end;
    }
    return true;
  }
}

function separatorsEnd(key: string, at: number): number {
  while (at < key.length && kindAt(key, at) === SEPARATOR) at++;
  return at;
}

function mayEndAddress({ start, end }: Segment, count: number): boolean {
  return count >= MIN_ADDRESS_GROUPS && end - start <= MAX_ADDRESS_GROUP;
}

function hasDoubleColon(key: string, { from, start }: Segment): boolean {
  for (let at = from + 1; at < start; at++) {
    if (codeAt(key, at) === COLON && codeAt(key, at - 1) === COLON) return true;
  }
  return false;
}

/** Reads one segment from its start. @returns whether it has glue that calls for a mask */
function readSegment(key: string, segment: Segment): boolean {
  const { start } = segment;
  let at = start;
  let kinds = 0;
  let next = SEPARATOR;
  for (; at < key.length; at++) {
    next = kindAt(key, at);
    if (next >= GLUE) break;
    kinds |= next;
  }
  if (at < key.length && (next !== SEPARATOR || maySpan(kinds, codeAt(key, at)))) return readCompound(key, segment);
  segment.end = at;
  segment.text = at > start && isIdentifier(key, start, at, kinds) ? '*' : undefined;
  return false;
}

/** Whether an identifier may go on past the separator `next`: dates, dotted numbers, JSON Web Tokens. */
function maySpan(kinds: number, next: number): boolean {
  return (next === DOT || next === SLASH) && (kinds & DIGIT) !== 0;
}

/**
 * Reads a segment of several words. Neighbouring identifiers become one `*`: `order-2024-01-31` is `order-*`.
 * @returns whether it has glue that calls for a mask
 */
function readCompound(key: string, segment: Segment): boolean {
  const { start } = segment;
  let text = '';
  let copied = start;
  let afterIdentifier = false;
  let kinds = 0;
  let token = false;
  let stray = false;
  let at = start;
  for (let kind; at < key.length && (kind = kindAt(key, at)) !== SEPARATOR;) {
    kinds |= kind;
    if (kind >= GLUE) {
      at++;
      continue;
    }
    const wordEnd = endOfWord(key, at);
    const wordKinds = kindsOf(key, at, wordEnd);
    const end = spanEnd(key, at, wordEnd);
    kinds |= wordKinds;
    if (end > wordEnd || isIdentifier(key, at, wordEnd, wordKinds)) {
      if (!afterIdentifier) text += (isSign(key, start, at) ? '' : key.slice(copied, at)) + '*';
      copied = end;
      token ||= (wordKinds & TOKEN) === TOKEN;
      afterIdentifier = true;
    } else {
      stray ||= isStray(key, at, wordEnd, wordKinds);
      afterIdentifier = false;
    }
    at = end;
  }
  segment.end = at;
  if (kinds & ODD || (token && stray)) segment.text = '*';
  else segment.text = copied === start ? undefined : text + key.slice(copied, at);
  return (kinds & RARE_GLUE) !== 0;
}

/** The kinds that a random token has all of. */
const TOKEN = BOTH_CASES | DIGIT;
const MAX_STRAY = 5;
const MIN_ACRONYM = 3;

/**
 * Whether a word beside a random token is a part of it: tokens of the base64url alphabet contain `-` and `_`. In
 * `V1StGXR8_Z5jdHi6B-myT` `myT` is no word, in `SKU-V1StGXR8` and `User_V1StGXR8` the first part is.
 */
function isStray(key: string, start: number, end: number, kinds: number): boolean {
  if (!(kinds & UPPER) || end - start > MAX_STRAY) return false;
  if (kinds === UPPER) return end - start < MIN_ACRONYM;
  return (kindsOf(key, start + 1, end) & UPPER) !== 0;
}

/** Whether the glue before the first word is the sign of a number. */
function isSign(key: string, start: number, word: number): boolean {
  const code = codeAt(key, start);
  return word === start + 1 && (code === MINUS || code === PLUS);
}

function endOfWord(key: string, at: number): number {
  while (at < key.length && kindAt(key, at) < GLUE) at++;
  return at;
}

function kindsOf(key: string, start: number, end: number): number {
  let kinds = 0;
  for (let at = start; at < end; at++) kinds |= kindAt(key, at);
  return kinds;
}
