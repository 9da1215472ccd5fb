import { codeAt } from '../char-codes';

/** Splits a glob at its wildcards; several in a row are one. */
const WILDCARDS = /\*+/;

/** A key pattern that the user has configured. */
class KnownPattern {
  readonly #literals: readonly string[];

  constructor(readonly text: string) {
    this.#literals = text.split(WILDCARDS);
  }

  /** The text before the first wildcard. */
  get prefix(): string {
    return this.#literals[0]!;
  }

  /**
   * Taking each literal where it first occurs is enough, without backtracking: a wildcard never passes a separator, so
   * what a later occurrence could match, the first one can.
   * @param cut the key goes on past the given text
   */
  matches(key: string, cut: boolean): boolean {
    const literals = this.#literals;
    if (!key.startsWith(literals[0]!)) return false;
    let at = literals[0]!.length;
    const last = literals.length - 1;
    if (last === 0) return at === key.length && !cut;
    for (let index = 1; index < last; index++) {
      at = afterWildcard(key, at, literals[index]!);
      if (at < 0) return false;
    }
    const ending = literals[last]!;
    if (ending === '') return at < key.length || cut;
    const endingAt = key.length - ending.length;
    return !cut && endingAt > at && key.endsWith(ending) && !hasSeparator(key, at, endingAt);
  }
}

/** Where `literal` ends that follows a wildcard at `at`; -1: nowhere. */
function afterWildcard(key: string, at: number, literal: string): number {
  for (let end = at + 1; end < key.length && !isSeparator(codeAt(key, end - 1)); end++) {
    if (key.startsWith(literal, end)) return end + literal.length;
  }
  return -1;
}

function hasSeparator(key: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (isSeparator(codeAt(key, at))) return true;
  }
  return false;
}

function isSeparator(code: number): boolean {
  return code === 58 /* : */ || code === 47 /* / */ || code === 124; /* | */
}

/**
 * The configured key patterns. In the middle `*` stands for one or more characters other than `:`, `/` and `|`, at
 * the end for everything that follows, at least one character; all else is literal. The first that matches wins.
 */
export class KnownPatterns {
  /** By the first character; each list has those that start with a wildcard too, in the configured order. */
  readonly #byFirst = new Map<string, KnownPattern[]>();
  readonly #leadingWildcard: KnownPattern[];
  readonly isEmpty: boolean;

  constructor(texts: readonly string[]) {
    const patterns = texts.filter((text) => text !== '').map((text) => new KnownPattern(text));
    this.isEmpty = patterns.length === 0;
    this.#leadingWildcard = patterns.filter(({ prefix }) => prefix === '');
    for (const first of new Set(patterns.map(({ prefix }) => prefix.charAt(0)))) {
      if (first === '') continue;
      const candidates = patterns.filter(({ prefix }) => prefix === '' || prefix.startsWith(first));
      this.#byFirst.set(first, candidates);
    }
  }

  /** The text of the first pattern that matches; a key that is `cut` short can only match one that ends in `*`. */
  match(key: string, cut: boolean): string | undefined {
    const candidates = this.#byFirst.get(key.charAt(0)) ?? this.#leadingWildcard;
    for (const pattern of candidates) {
      if (pattern.matches(key, cut)) return pattern.text;
    }
    return undefined;
  }
}
