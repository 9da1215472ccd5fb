/** A load took longer than `loadTimeout`, or the store longer than `storeTimeout`. */
export class CacheTimeoutError extends Error {
  override readonly name = 'CacheTimeoutError';
}

/** A loader asked its cache for what it was to load: to wait would be for ever. */
export class CacheReentryError extends Error {
  override readonly name = 'CacheReentryError';
}

/** @throws TypeError */
export function assertKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') throw new TypeError(`a key is a string, not ${kindOf(key)}`);
}

/** @throws TypeError */
export function assertFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name} is a function, not ${kindOf(value)}`);
}

/** @throws TypeError, such as for a number that was meant for a TTL */
export function assertOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new TypeError(`options are an object, such as { ttl: 60_000 }, not ${kindOf(options)}`);
}

/** @throws TypeError */
export function assertCache(value: unknown): void {
  if (typeof (value as { seenAs?: unknown } | null | undefined)?.seenAs === 'function') return;
  throw new TypeError(
    `the cache is a TracedCache or a MultiLevelCache, which a store is given to, not ${kindOf(value)}`,
  );
}

/** What a value is, without its content. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return Array.isArray(value) ? 'an array' : 'an object';
}
