import { codeAt } from '../char-codes';
import type { Outcome } from '../telemetry/command';

/** Turns an ASCII letter into its upper-case form and leaves no other character equal to a letter. */
const TO_UPPER_CASE = ~0x20;

/** The command's own argument at `index`, the first is 0; undefined where there are not so many. */
export function argument(outcome: Outcome, index: number): unknown {
  return outcome.args[outcome.offset + index];
}

/** How many arguments the command has, its name not counted. */
export function argumentCount(outcome: Outcome): number {
  return outcome.args.length - outcome.offset;
}

/** Whether an argument is this option word (upper-case letters only), in any casing, as a string or as bytes. */
export function isWord(value: unknown, word: string): boolean {
  if (typeof value === 'string') {
    // As most clients and applications have it.
    if (value === word) return true;
    if (value.length !== word.length) return false;
    for (let i = 0; i < word.length; i++) {
      if ((codeAt(value, i) & TO_UPPER_CASE) !== codeAt(word, i)) return false;
    }
    return true;
  }
  if (!(value instanceof Uint8Array) || value.length !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if ((value[i]! & TO_UPPER_CASE) !== codeAt(word, i)) return false;
  }
  return true;
}

/**
 * The number that an argument or a reply stands for; NaN where it is none. Replies are text where the application asked
 * its client for numbers as strings.
 */
export function numeric(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : NaN;
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  const digits = typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString('latin1') : '';
  const number = digits.length === 0 ? NaN : Number(digits);
  return Number.isFinite(number) ? number : NaN;
}

/** The text of an argument; undefined where it has none. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString() : undefined;
}
