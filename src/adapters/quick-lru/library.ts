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
  /** From version 7 on: the older half, there for the library's own tests. */
  readonly __oldCache?: ReadonlyMap<unknown, unknown>;
  /** Until version 6; private later. */
  readonly cache?: ReadonlyMap<unknown, unknown>;
  readonly oldCache?: ReadonlyMap<unknown, unknown>;
  _set?(key: unknown, value: unknown): void;
  _emitEvictions?(cache: ReadonlyMap<unknown, unknown> | readonly unknown[]): void;
  _deleteIfExpired?(key: unknown, item: unknown): boolean;
}
