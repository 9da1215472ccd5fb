/** A length of time: a number of seconds, or a text with its unit, such as `250ms`, `30s`, `5m`, `2h` or `1d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** The longest that a timer of Node can wait, in milliseconds: 24 days; what is longer it takes for 1 ms. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** What is longer is for ever, in milliseconds: some 3,000 years. Stores take no number of any size. */
const LONGEST = 1e14;

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param name the option, for the error
 * @throws RangeError where it is not a length of time
 */
export function milliseconds(name: string, duration: Duration): number {
  if (typeof duration === 'number' && duration > 0) return orForEver(duration * 1000);
  const [, amount, unit] = (typeof duration === 'string' && /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration)) || [];
  const value = Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  if (value > 0) return orForEver(value);
  throw new RangeError(
    `${name} is ${String(duration)}: it takes a number of seconds, more than 0, or a text such as '250ms', '30s', '5m'`,
  );
}

const orForEver = (length: number): number => (length > LONGEST ? Infinity : length);
