/**
 * Names that may follow one another at one position before it collapses to `*`: below the first position, and for
 * keys of a single segment.
 */
export const MAX_NAMES = 16;
/**
 * The same at the first position of keys with several segments, and at the second where all keys share the first (the
 * name of the application): most schemas have more prefixes than anything else.
 */
export const MAX_FIRST_NAMES = 64;
/** Nodes per tree, some 300 bytes each. With no room left, a key that needs a new one is not placed until some collapse. */
export const MAX_NODES = 4096;

/** A position in the keys: what came before it, and which segments were seen next. */
export class PatternNode {
  readonly edge: string;
  readonly children = new Map<string, PatternNode>();
  /** How many of the children are names, that is, neither `*` nor empty, and went on with more segments. */
  names = 0;
  /** How many are names that ended a key. */
  lastNames = 0;
  /** Once true, every name that follows is `*`, for good. */
  collapsed = false;
  /** The child of the schema word that was last asked for. */
  recent: PatternNode | undefined;
  /** What a key that ends here is called; the owner of the tree sets it. */
  result: string | undefined;

  constructor(
    readonly parent: PatternNode | undefined,
    /** The separators before the segment, as they were. */
    readonly separators: string,
    readonly segment: string,
  ) {
    this.edge = separators + segment;
  }

  /** The text from the root up to and including this segment. */
  get pattern(): string {
    return (this.parent?.pattern ?? '') + this.edge;
  }
}

/**
 * The segments of all keys seen, as a tree, in which positions with too many names collapse: the names become one
 * `*`, and what followed them is merged.
 */
export class PatternTree {
  /** Keys of one segment are kept apart: their names are more often identifiers than prefixes. */
  readonly single = new PatternNode(undefined, '', '');
  readonly root = new PatternNode(undefined, '', '');
  #nodes = 2;
  #collapses = 0;

  /** At most {@link MAX_NODES}, and a few where a collapse met many separators. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Grows whenever a pattern given before may no longer hold. */
  get collapses(): number {
    return this.#collapses;
  }

  /**
   * Makes the child for an edge: separators, `separatorsLength` characters, and a segment. Undefined: no room for
   * another node.
   * @param isLast whether the segment ends its key
   */
  add(node: PatternNode, edge: string, separatorsLength: number, isLast: boolean): PatternNode | undefined {
    const separators = copyOf(edge.slice(0, separatorsLength));
    const segment = copyOf(edge.slice(separatorsLength));
    const willCollapse = isName(segment) && this.#isFull(node, isLast);
    return this.#nodes < MAX_NODES || willCollapse ? this.#place(node, separators, segment, isLast) : undefined;
  }

  #isFull(node: PatternNode, isLast: boolean): boolean {
    if (isLast) return node.lastNames === MAX_NAMES;
    const isFirst = node === this.root || (node.parent === this.root && this.root.children.size === 1);
    return node.names >= (isFirst ? MAX_FIRST_NAMES : MAX_NAMES);
  }

  #place(node: PatternNode, separators: string, segment: string, isLast: boolean): PatternNode {
    const name = isName(segment);
    if (name && node.collapsed) return this.#place(node, separators, '*', isLast);
    const edge = separators + segment;
    const known = node.children.get(edge);
    if (known) return known;
    if (name && this.#isFull(node, isLast)) {
      this.#collapse(node);
      return this.#place(node, separators, '*', isLast);
    }
    const child = new PatternNode(node, separators, segment);
    node.children.set(edge, child);
    if (name && isLast) node.lastNames++;
    else if (name) node.names++;
    this.#nodes++;
    return child;
  }

  #collapse(node: PatternNode): void {
    const before = [...node.children.values()];
    this.#nodes -= size(node) - 1;
    this.#collapses++;
    node.collapsed = true;
    node.names = 0;
    node.lastNames = 0;
    node.children.clear();
    node.recent = undefined;
    for (const child of before) this.#placeAgain(node, child);
  }

  /** What had collapsed in either stays so: a pattern only ever becomes more general. Depth: the segments of a key. */
  #merge(into: PatternNode, from: PatternNode): void {
    if (from.collapsed && !into.collapsed) this.#collapse(into);
    for (const child of from.children.values()) this.#placeAgain(into, child);
  }

  #placeAgain(into: PatternNode, child: PatternNode): void {
    this.#merge(this.#place(into, child.separators, child.segment, child.children.size === 0), child);
  }
}

function isName(segment: string): boolean {
  return segment !== '' && segment !== '*';
}

function size(node: PatternNode): number {
  let nodes = 1;
  for (const child of node.children.values()) nodes += size(child);
  return nodes;
}

/** The engine implements a slice as a view that keeps the whole key alive. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
