/** A TTL that libraries take in milliseconds, in seconds; undefined: for ever. What only the library understands, such as `1h` or a function, is NaN. */
export function secondsOf(ttl: unknown): number | undefined {
  if (ttl === undefined || ttl === null) return undefined;
  if (typeof ttl !== 'number') return NaN;
  return ttl > 0 ? ttl / 1000 : undefined;
}
