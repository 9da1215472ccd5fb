import { SEPARATORS } from './key-characters';
import { KeySegments, type Segment } from './key-segments';
import { KeyShapes } from './key-shapes';
import { KnownPatterns } from './known-patterns';
import { PatternTree, type PatternNode } from './pattern-tree';

export interface KeyPatternOptions<T> {
  /** Patterns tried first, such as `session:*`; see {@link KnownPatterns}. */
  readonly known: readonly string[];
  /** At most this many patterns come out, {@link OTHER_PATTERN} not counted. */
  readonly limit: number;
  /** What is given for a key; called once for each new pattern, and now and then again. */
  readonly result: (pattern: string) => T;
}

/** What all keys past the limit are called. */
export const OTHER_PATTERN = 'other';
/** What the empty key is called. */
export const EMPTY_PATTERN = '(empty)';

/** Characters of a key that are looked at; the segment that goes on past them, and all after it, is `*`. */
export const MAX_KEY_LENGTH = 256;
/** Keys remembered in each of the two generations. */
export const MEMO_SIZE = 1024;
/**
 * One missed key in so many is remembered: a key that comes often gets in all the same, and a stream of keys that
 * never come again is spared most insertions (some 90 of 530 ns each).
 */
const MEMO_SAMPLING = 4;
/** One slot in so many is kept for patterns with a wildcard: names that ate the rest have to collapse into something. */
const WILDCARD_SHARE = 4;
/** UTF-8 has at most three bytes per UTF-16 code unit: so many bytes make more than MAX_KEY_LENGTH characters. */
const MAX_KEY_BYTES = 3 * (MAX_KEY_LENGTH + 1);

const WILDCARD_AFTER = new Map(SEPARATORS.map((separator) => [separator, `${separator}*`]));

/**
 * Turns cache keys into key patterns: `user:123456:profile` into `user:*:profile`. One per cache.
 *
 * Identifiers become `*` at once; names that no rule recognises (`user:alice`) do once one position has shown too many
 * of them. From one call to the next the pattern of a key changes only where a position collapses: each of its
 * segments stays or becomes `*`. The exception is {@link OTHER_PATTERN}: a key may fall into it or come out of it.
 *
 * Bounded: {@link MEMO_SIZE} twice, the nodes of a {@link PatternTree}, `limit` patterns; time linear in at most
 * {@link MAX_KEY_LENGTH} characters. Never throws.
 */
export class KeyPatterns<T> {
  readonly #result: (pattern: string) => T;
  readonly #known: KnownPatterns;
  readonly #limit: number;
  readonly #nameLimit: number;
  readonly #tree = new PatternTree();
  readonly #segments = new KeySegments();
  readonly #patterns = new Set<string>();
  #namePatterns = 0;
  /** Known patterns that have not come out yet: their slots are kept for them. */
  #unusedKnown: number;
  #misses = 0;
  #memo = new Map<string, T>();
  #olderMemo = new Map<string, T>();
  readonly #shapes = new KeyShapes<T>();

  constructor({ known, limit, result }: KeyPatternOptions<T>) {
    this.#result = result;
    this.#known = new KnownPatterns(known);
    this.#limit = limit;
    this.#unusedKnown = new Set(known).size;
    this.#nameLimit = limit > 1 ? limit - Math.ceil(limit / WILDCARD_SHARE) : limit;
  }

  /** What is held in memory; for tests. */
  get size(): { readonly nodes: number; readonly memo: number; readonly patterns: number } {
    return {
      nodes: this.#tree.nodes,
      memo: this.#memo.size + this.#olderMemo.size,
      patterns: this.#patterns.size,
    };
  }

  /** What was made for the pattern of a key, {@link OTHER_PATTERN} past the limit. */
  of(key: string): T {
    // Neither shapes nor keys are remembered past the characters that are looked at.
    return key.length > MAX_KEY_LENGTH ? this.#find(key) : (this.#shapes.find(key) ?? this.#recall(key));
  }

  #recall(key: string): T {
    return this.#memo.get(key) ?? this.#olderMemo.get(key) ?? this.#find(key);
  }

  /** The pattern of a key that is bytes: that of its text in UTF-8. */
  ofBytes(key: Uint8Array): T {
    const length = Math.min(key.length, MAX_KEY_BYTES);
    return this.of(Buffer.from(key.buffer, key.byteOffset, length).toString());
  }

  #find(key: string): T {
    const cut = key.length > MAX_KEY_LENGTH;
    const head = cut ? key.slice(0, MAX_KEY_LENGTH) : key;
    const known = this.#known.isEmpty ? undefined : this.#known.match(head, cut);
    const pattern = known === undefined ? this.#derive(head, cut) : this.#admitKnown(known);
    const result = this.#result(pattern);
    // A configured pattern may tell one number from another.
    if (this.#known.isEmpty && !cut && pattern !== OTHER_PATTERN) this.#shapes.learn(key, pattern, result);
    if (!cut && ++this.#misses % MEMO_SAMPLING === 0) this.#remember(key, result);
    return result;
  }

  #remember(key: string, result: T): void {
    if (this.#memo.size === MEMO_SIZE) {
      const oldest = this.#olderMemo;
      this.#olderMemo = this.#memo;
      oldest.clear();
      this.#memo = oldest;
    }
    this.#memo.set(flatCopy(key), result);
  }

  #derive(key: string, cut: boolean): string {
    if (key === '') return this.#admit(EMPTY_PATTERN, this.#nameLimit);
    this.#segments.read(key, cut);
    const collapses = this.#tree.collapses;
    const node = this.#place();
    if (this.#tree.collapses !== collapses) {
      this.#memo.clear();
      this.#olderMemo.clear();
      this.#shapes.clear();
    }
    return node === undefined ? OTHER_PATTERN : (node.result ??= this.#admitNode(node));
  }

  /** Walks the tree along the segments of the key. */
  #place(): PatternNode | undefined {
    const { list, count } = this.#segments;
    const isSingle = count === 1 && list[0]!.start === 0;
    let node: PatternNode | undefined = isSingle ? this.#tree.single : this.#tree.root;
    for (let index = 0; index < count && node; index++) node = this.#step(node, list[index]!, index === count - 1);
    return node;
  }

  #step(node: PatternNode, { from, start, end, text }: Segment, isLast: boolean): PatternNode | undefined {
    const { key } = this.#segments;
    const isWildcard = text === '*' || (node.collapsed && end > start);
    if (!isWildcard && text === undefined) {
      // The same schema word as last time, found without a slice and its hash: some 40 of 470 ns.
      const { recent } = node;
      if (recent && recent.edge.length === end - from && key.startsWith(recent.edge, from)) return recent;
    }
    let edge: string;
    if (isWildcard && start - from === 1) edge = WILDCARD_AFTER.get(key.charAt(from))!;
    else if (isWildcard) edge = key.slice(from, start) + '*';
    else edge = text === undefined ? key.slice(from, end) : key.slice(from, start) + text;
    const child = node.children.get(edge) ?? this.#tree.add(node, edge, start - from, isLast);
    if (!isWildcard) node.recent = child;
    return child;
  }

  #admitNode(node: PatternNode): string {
    const { pattern } = node;
    return this.#admit(pattern, pattern.includes('*') ? this.#limit : this.#nameLimit);
  }

  #admitKnown(pattern: string): string {
    if (this.#patterns.has(pattern)) return pattern;
    if (this.#patterns.size >= this.#limit) return OTHER_PATTERN;
    this.#unusedKnown--;
    this.#patterns.add(pattern);
    return pattern;
  }

  #admit(pattern: string, limit: number): string {
    if (this.#patterns.has(pattern)) return pattern;
    const isName = limit < this.#limit;
    if (this.#patterns.size + this.#unusedKnown >= this.#limit || (isName && this.#namePatterns >= limit))
      return OTHER_PATTERN;
    if (isName) this.#namePatterns++;
    this.#patterns.add(pattern);
    return pattern;
  }
}

/** A key may be a slice of a request's body, which the engine implements as a view that keeps the whole body alive. */
function flatCopy(key: string): string {
  return ` ${key}`.slice(1);
}
