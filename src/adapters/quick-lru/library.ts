/** What is used of quick-lru's own objects. */
export interface QuickLru {
  readonly size: number;
  get(key: unknown): unknown;
  set(key: unknown, value: unknown, options?: unknown): unknown;
  delete(key: unknown): boolean;
  clear(): void;
  /** From version 6 on. */
  resize?(size: number): void;
  /** From 7.1 on. */
  evict?(count?: number): void;
  /** Until version 6; private later. */
  readonly oldCache?: ReadonlyMap<unknown, unknown>;
  _set?(key: unknown, value: unknown): void;
  _emitEvictions?(cache: Iterable<unknown>): void;
  _deleteIfExpired?(key: unknown, item: unknown): boolean;
}
