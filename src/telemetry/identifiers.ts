/**
 * Tells identifiers (what `*` stands for) from words of the schema by how a single word looks: `123456`, `8f3a9c`
 * and `V1StGXR8` on one side, `user`, `utf8` and `i18n` on the other. Linear; a number or a short word is judged by
 * the kinds of its characters alone.
 */
import { codeAt } from '../char-codes';
import { BOTH_CASES, DIGIT, kindAt, LETTERS, LOWER, ODD, UPPER, VOWELS, WIDE, WILDCARD } from './key-characters';

/** Longer words are tokens: `internationalization` has 20 letters. */
const MAX_WORD = 40;
/** `utf8`, `top10` and `v2` are words, `user123` is not. */
const MAX_WORD_DIGITS = 2;
/** A longer word that ends in digits is a token: `notificationsv2` has 15 characters. */
const MAX_NUMBERED_WORD = 16;
/** Hex digits with at least one number among them are an identifier from this length on: `fa12` may be a word. */
const MIN_HEX = 6;
/** Shorter words are not judged by their letters: `iOS`, `html`. */
const MIN_CASE_WORD = 6;
const MIN_SPELLED_WORD = 12;
/** `getHTMLText` has none without a vowel, random letters soon have several. */
const MAX_MUTE_HUMPS = 1;
/** English has `catchphrase` (6 consonants on end); random letters soon have more. */
const MAX_CONSONANTS = 6;
/** With an acronym, as in `XMLHTTPRequest`. */
const MAX_CAMEL_CONSONANTS = 8;

/** Words that would pass for identifiers: a number sits between their letters, or has three digits. */
const TERMS = new Set(['i18n', 'l10n', 'a11y', 'k8s', 'e2e', 'b2b', 'b2c', 'p2p', 'sha256', 'sha512', '2fa', '3ds']);
const MAX_TERM = 6;

/**
 * Whether a word, free of separators and glue, is an identifier.
 * @param kinds the kinds of all its characters, summed up with `|`
 */
export function isIdentifier(key: string, start: number, end: number, kinds: number): boolean {
  const length = end - start;
  if (kinds & (ODD | WILDCARD) || kinds === DIGIT || length > MAX_WORD) return true;
  if (kinds & DIGIT) return !endsInNumber(key, start, end, kinds) && !isTerm(key, start, end);
  if (length < MIN_CASE_WORD || kinds & WIDE) return false;
  if ((kinds & BOTH_CASES) === BOTH_CASES && hasMuteHumps(key, start, end)) return true;
  return length >= MIN_SPELLED_WORD && isUnpronounceable(key, start, end, kinds);
}

/** Whether the word is a word and at most two digits, as `oauth2`. */
function endsInNumber(key: string, start: number, end: number, kinds: number): boolean {
  let letters = end;
  while (letters > start && kindAt(key, letters - 1) === DIGIT) letters--;
  if (letters === start || end - letters > MAX_WORD_DIGITS || end - start > MAX_NUMBERED_WORD) return false;
  let hex = true;
  let vowels = 0;
  for (let at = start; at < letters; at++) {
    if (!(kindAt(key, at) & LETTERS)) return false;
    const letter = codeAt(key, at) & 31;
    hex &&= letter <= 6;
    vowels += (VOWELS >> letter) & 1;
  }
  if (kinds & WIDE) return true;
  if ((hex && end - start >= MIN_HEX) || (vowels === 0 && letters - start >= MIN_CASE_WORD)) return false;
  return (kinds & BOTH_CASES) !== BOTH_CASES || !hasRandomCase(key, start, end);
}

function isTerm(key: string, start: number, end: number): boolean {
  return end - start <= MAX_TERM && TERMS.has(key.slice(start, end).toLowerCase());
}

/** Whether the case changes as often as in `aBc3`; short words in camel case have a hump every four letters at most. */
function hasRandomCase(key: string, start: number, end: number): boolean {
  let humps = 0;
  for (let at = start + 1; at < end; at++) {
    if (kindAt(key, at) === UPPER && kindAt(key, at - 1) === LOWER) humps++;
  }
  return humps * 4 > end - start;
}

/** Whether several parts of a word in camel case have no vowel, as in `XqTbRw`. */
function hasMuteHumps(key: string, start: number, end: number): boolean {
  let mute = 0;
  let vowels = 0;
  for (let at = start; at < end; at++) {
    if (at > start && kindAt(key, at) === UPPER && kindAt(key, at - 1) === LOWER) {
      if (vowels === 0) mute++;
      vowels = 0;
    }
    vowels += (VOWELS >> (codeAt(key, at) & 31)) & 1;
  }
  return mute + (vowels === 0 ? 1 : 0) > MAX_MUTE_HUMPS;
}

/** Whether the word has too many consonants, on end or altogether. */
function isUnpronounceable(key: string, start: number, end: number, kinds: number): boolean {
  const maxRun = (kinds & BOTH_CASES) === BOTH_CASES ? MAX_CAMEL_CONSONANTS : MAX_CONSONANTS;
  let run = 0;
  let vowels = 0;
  for (let at = start; at < end; at++) {
    const vowel = (VOWELS >> (codeAt(key, at) & 31)) & 1;
    run = vowel ? 0 : run + 1;
    if (run > maxRun) return true;
    vowels += vowel;
  }
  return vowels * 6 < end - start;
}
