/** What is used of lru-cache's own objects. */
export interface LruCache {
  readonly size: number;
  readonly calculatedSize: number;
  readonly maxSize: number;
  readonly maxEntrySize: number;
  readonly allowStale: boolean;
  readonly fetchMethod: unknown;
  get(key: unknown, options?: unknown): unknown;
  peek(key: unknown, options: { allowStale: boolean }): unknown;
  /** Since 10.1. */
  info?(key: unknown): unknown;
  set(key: unknown, value: unknown, options?: SetOptions): unknown;
  delete(key: unknown): boolean;
  clear(): void;
  load(entries: unknown): void;
  purgeStale(): unknown;
  getRemainingTTL(key: unknown): number;
  fetch(key: unknown, options?: ReadOptions): Promise<unknown>;
  /** These two since 10.3. */
  forceFetch?(key: unknown, options?: ReadOptions): Promise<unknown>;
  memo?(key: unknown, options?: ReadOptions): unknown;
}

export interface SetOptions {
  /** No option of `set`: only what `fetch` stores comes with it. */
  readonly ignoreFetchAbort?: boolean;
}

/** Of `fetch`, `forceFetch` and `memo`. */
export interface ReadOptions {
  readonly allowStale?: boolean;
  readonly forceRefresh?: boolean;
}

/** `evict`: there was no room; `expire`, since 10.3: its time was over; others are no evictions. */
export type Dispose = (this: unknown, value: unknown, key: unknown, reason: string) => unknown;

/**
 * Whether a method is made of another one, as its source says. Up to 11.2 the methods call each other as an application does; later
 * ones have private parts in common. Older ones tell no `expire`.
 */
export function mentions(method: Function, text: string): boolean {
  return Function.prototype.toString.call(method).includes(text);
}
