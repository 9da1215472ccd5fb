import { codeAt } from '../char-codes';
import { GLUE, kindAt, RARE_GLUE, SEPARATOR } from './key-characters';
import { MIN_ADDRESS_GROUPS } from './spanning-identifiers';

/** How many shapes are remembered at most; there are no more of them than patterns, but patterns may be many. */
const MOST_SHAPES = 1024;

const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
/** Stands for a number in the hash of a key: no code of a character. */
const NUMBER = 0x10000;

/** Keys that differ in nothing but numbers between separators. */
interface Shape<T> {
  /** A third of the time that a loop over the characters takes. */
  readonly expression: RegExp;
  readonly result: T;
}

/**
 * The patterns of keys such as `user:123456:profile`, by far the most common kind: literal but for segments that are plain numbers,
 * which are identifiers whatever stands around them. Such a key is found by its shape, so that it makes no difference
 * how many keys there are: 20 to 80 ns, where remembering keys takes 500 ns for those that
 * are not remembered yet.
 */
export class KeyShapes<T> {
  private readonly shapes = new Map<number, Shape<T>>();
  private last: Shape<T> | undefined = undefined;

  /** The result of a key of the same shape; undefined: none was learnt. */
  find(key: string): T | undefined {
    const { last } = this;
    if (last === undefined) return undefined;
    return last.expression.test(key) ? last.result : this.findAnother(key);
  }

  private findAnother(key: string): T | undefined {
    const shape = this.shapes.get(hashOf(key));
    if (shape === undefined || !shape.expression.test(key)) return undefined;
    this.last = shape;
    return shape.result;
  }

  /** @param pattern of the key; nothing is learnt where it has a `*` for anything but a plain number */
  learn(key: string, pattern: string, result: T): void {
    const literals = pattern.split('*');
    const own = literalsOf(key);
    if (own.length === 1 || own.length !== literals.length || own.join('*') !== pattern || !isSimple(key)) return;
    if (this.shapes.size >= MOST_SHAPES) this.shapes.clear();
    this.last = { expression: new RegExp(`^${literals.map(escaped).join('\\d+')}$`), result };
    this.shapes.set(hashOf(key), this.last);
  }

  clear(): void {
    this.shapes.clear();
    this.last = undefined;
  }
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function hashOf(key: string): number {
  let hash = HASH_START;
  for (let at = 0; at < key.length;) {
    const end = numberEnd(key, at);
    hash = Math.imul(hash ^ (end === at ? codeAt(key, at) : NUMBER), HASH_PRIME);
    at = end === at ? at + 1 : end;
  }
  // Small integers need no object of their own.
  return hash >> 2;
}

function literalsOf(key: string): string[] {
  const literals: string[] = [];
  let start = 0;
  for (let at = 0; at < key.length;) {
    const end = numberEnd(key, at);
    if (end === at) at++;
    else {
      literals.push(key.slice(start, at));
      start = at = end;
    }
  }
  literals.push(key.slice(start));
  return literals;
}

/** Where the plain number ends that starts at `at`; `at`: there is none. */
function numberEnd(key: string, at: number): number {
  if (!isDigit(codeAt(key, at)) || (at > 0 && !isBorder(codeAt(key, at - 1)))) return at;
  let end = at + 1;
  while (end < key.length && isDigit(codeAt(key, end))) end++;
  return end === key.length || isBorder(codeAt(key, end)) ? end : at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Separators past which no identifier goes on: `.` and `/` may stand inside of dates and versions. */
function isBorder(code: number): boolean {
  return code === 58 /* : */ || code === 124 /* | */ || code === 123 /* { */ || code === 125; /* } */
}

/** Whether no longer identifier may begin before a number and contain it, such as a date or an IPv6 address. */
function isSimple(key: string): boolean {
  let segments = 1;
  for (let at = 0; at < key.length; at++) {
    const kind = kindAt(key, at);
    if (kind === RARE_GLUE || key.startsWith('::', at)) return false;
    if (kind === SEPARATOR) segments++;
    else if (kind < GLUE) continue;
    if (isDigit(codeAt(key, at - 1)) && !isBorder(codeAt(key, at))) return false;
  }
  return segments < MIN_ADDRESS_GROUPS;
}
