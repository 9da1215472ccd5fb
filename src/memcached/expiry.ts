/** A larger number of seconds is a point in time. */
const LONGEST = 30 * 24 * 60 * 60;

/**
 * Seconds from now until an item with this expiry is gone; undefined: never.
 * @param expiry as commands have it: 0 for never, negative for at once, up to 30 days in seconds, else a Unix time
 * @see https://github.com/memcached/memcached/blob/master/doc/protocol.txt
 */
export function secondsUntil(expiry: unknown): number | undefined {
  if (typeof expiry !== 'number' || Number.isNaN(expiry)) return NaN;
  if (expiry === 0) return undefined;
  return Math.max(0, expiry > LONGEST ? expiry - Date.now() / 1000 : expiry);
}
