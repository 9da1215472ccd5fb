import { codeAt } from '../char-codes';

// Kinds of characters in keys: bits, so that the kinds of a word's characters can be summed up with `|`.
export const DIGIT = 1;
export const LOWER = 2;
export const UPPER = 4;
/** Beyond ASCII. */
export const WIDE = 8;
/** A `*`: the key's own, or one that took an identifier's place. */
export const WILDCARD = 16;
/** Has no place in a word of a schema: white space, control characters, half a surrogate pair. */
export const ODD = 32;
/** This and all greater ones are no part of a word. Joins words within a segment: `-`, `_`, all other punctuation. */
export const GLUE = 64;
/** Glue that hints at an identifier which does not end at separators: `@`, `%`, `=`, `"`. */
export const RARE_GLUE = 128;
export const SEPARATOR = 256;

/** What separates the segments of a key; braces are the hash tags of Redis Cluster. */
export const SEPARATORS = [':', '/', '|', '.', '{', '}'];

export const LETTERS = LOWER | UPPER | WIDE;
export const BOTH_CASES = LOWER | UPPER;

const ASCII_KINDS = Uint16Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (SEPARATORS.includes(char)) return SEPARATOR;
  if (/[0-9]/.test(char)) return DIGIT;
  if (/[a-z]/.test(char)) return LOWER;
  if (/[A-Z]/.test(char)) return UPPER;
  if (code <= 32 || code === 127) return ODD;
  if (char === '*') return WILDCARD;
  return '@%="'.includes(char) ? RARE_GLUE : GLUE;
});

/** Bit n stands for the n-th letter of the alphabet: a, e, i, o, u and y. */
export const VOWELS = ['a', 'e', 'i', 'o', 'u', 'y'].reduce((bits, vowel) => bits | (1 << (codeAt(vowel, 0) & 31)), 0);

/** The kind of the character at `at`, which must be inside the key. */
export function kindAt(key: string, at: number): number {
  const code = codeAt(key, at);
  return code < 128 ? ASCII_KINDS[code]! : wideKind(key, at, code);
}

function wideKind(key: string, at: number, code: number): number {
  if (code >= 0xd800 && code <= 0xdbff) return isBetween(codeAt(key, at + 1), 0xdc00, 0xdfff) ? WIDE : ODD;
  if (code >= 0xdc00 && code <= 0xdfff) return isBetween(codeAt(key, at - 1), 0xd800, 0xdbff) ? WIDE : ODD;
  // C1 controls, spaces, invisible and direction marks, the byte order mark, the replacement character
  const odd =
    code <= 0xa0 ||
    code === 0x1680 ||
    isBetween(code, 0x2000, 0x200f) ||
    isBetween(code, 0x2028, 0x202f) ||
    isBetween(code, 0x205f, 0x206f) ||
    code === 0x3000 ||
    code === 0xfeff ||
    code >= 0xfff0;
  return odd ? ODD : WIDE;
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}
