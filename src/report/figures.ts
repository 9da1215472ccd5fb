/** Numbers as text: short, with their unit. */

const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const plain = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Three digits: `0.123`, `1.23`, `12.3`, `123`. */
function threeDigits(value: number): string {
  return plain(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

export function count(value: number): string {
  return plain(value, 0);
}

/** `1 lookup`, `1,234 lookups` */
export function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? '' : 's'}`;
}

/** `12,345`, then `123k`, `1.23M`: six characters at most. */
export function shortCount(value: number): string {
  if (value < 100_000) return count(value);
  return value < 999_500 ? `${plain(value / 1000, 0)}k` : `${threeDigits(value / 1e6)}M`;
}

export function percent(share: number): string {
  // What is not all must not be rounded to all.
  const shown = share < 1 ? Math.min(99.9, 100 * share) : 100;
  const digits = (shown > 0 && shown < 10) || (shown > 99 && shown < 100) ? 1 : 0;
  return `${plain(shown, digits)} %`;
}

/** @param seconds a short time */
export function milliseconds(seconds: number): string {
  return threeDigits(seconds * 1000);
}

export function bytes(value: number): string {
  if (value < 1000) return `${plain(value, 0)} B`;
  if (value < 999_500) return `${threeDigits(value / 1e3)} kB`;
  return value < 999.5e6 ? `${threeDigits(value / 1e6)} MB` : `${threeDigits(value / 1e9)} GB`;
}

const CLOCK = [
  [DAY, 'd', HOUR, 'h'],
  [HOUR, 'h', MINUTE, 'min'],
  [MINUTE, 'min', SECOND, 's'],
] as const;

/** @param seconds since some start: `12.5 s`, `1 min 20 s`, `2 h`, so that neighbours can be told apart */
export function moment(seconds: number): string {
  for (const [large, largeName, small, smallName] of CLOCK) {
    const all = Math.round(seconds / small);
    if (all * small < large) continue;
    const rest = all % (large / small);
    return `${Math.floor((all * small) / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
  }
  return `${Number(seconds.toFixed(2))} s`;
}

/** @param seconds a long time */
export function duration(seconds: number): string {
  if (seconds < MINUTE) return `${threeDigits(seconds / SECOND).replace(/\.?0+$/, '')} s`;
  if (seconds < 2 * HOUR) return `${plain(seconds / MINUTE, 0)} min`;
  return seconds < 2 * DAY ? `${plain(seconds / HOUR, 0)} h` : `${plain(seconds / DAY, 0)} d`;
}
