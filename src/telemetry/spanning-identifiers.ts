import { codeAt } from '../char-codes';

/**
 * Identifiers that contain the very characters that separate segments and words: e-mail and IP addresses, dates,
 * UUIDs, query strings. They are rare: cheap checks come first, and no expression here backtracks without a bound.
 */

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/iy;
const DATE = /\d{4}-\d\d-\d\d(?:[T_]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![0-9a-z])/iy;
const SLASHED_DATE = /(?:19|20)\d\d\/\d\d?\/\d\d?(?![0-9a-z])/iy;
/** Decimals, versions, IPv4 addresses, `2024.01.31`. */
const DOTTED_NUMBER = /\d+(?:\.\d+)+(?![0-9a-z])/iy;
const DASHED_MAC = /[0-9a-f]{2}(?:-[0-9a-f]{2}){5}(?![0-9a-z])/iy;
const JWT = /eyJ[\w-]+(?:\.[\w-]*){1,2}/y;

const DASH = 45;
const DOT = 46;
const SLASH = 47;

/**
 * Where the identifier ends that begins with the word from `start` to `end` and goes on past it; `end`: it does not.
 */
export function spanEnd(key: string, start: number, end: number): number {
  const next = codeAt(key, end);
  const length = end - start;
  if (next === DASH) {
    if (length === 8) return stickyEnd(UUID, key, start, end);
    if (length === 4) return stickyEnd(DATE, key, start, end);
    return length === 2 ? stickyEnd(DASHED_MAC, key, start, end) : end;
  }
  if (next === SLASH) return length === 4 ? stickyEnd(SLASHED_DATE, key, start, end) : end;
  if (next === DOT) return stickyEnd(key.startsWith('eyJ', start) ? JWT : DOTTED_NUMBER, key, start, end);
  return end;
}

function stickyEnd(expression: RegExp, key: string, start: number, otherwise: number): number {
  expression.lastIndex = start;
  return expression.test(key) ? expression.lastIndex : otherwise;
}

/** A MAC address has six groups between colons, an IPv6 address in full has eight. */
export const MIN_ADDRESS_GROUPS = 6;
/** Hex digits in a group of an IPv6 address. */
export const MAX_ADDRESS_GROUP = 4;

const FIVE_COLONS = /^(?:[^:]*:){5}/;
const MAC = /(?<![0-9a-z])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-z])/gi;
const IPV6 = /(?<![0-9a-z])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![0-9a-z])/gi;
/** The first group must contain a digit: `feed::12` is more likely a key with an empty segment. */
const SHORT_IPV6 =
  /(?<![0-9a-z])(?=[0-9a-f]{0,3}\d)(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:){0,5}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4})?(?:%\w{1,16})?(?![0-9a-z])/gi;
const QUOTED = /"[^"]*"?/g;
/** What may be one e-mail address: the callback looks for the `@`, as an expression for both halves would backtrack. */
const ADDRESS_TEXT = /[^:/|{}=&?,;<>\s"]+/g;
/** Of an e-mail address, of credentials in a URL, or of percent-encoded text that may hide either. */
const ADDRESS_SIGN = /[@%]/;
const AUTHORITY = /\/\/[^/|?#]+/g;
const BASE64_TEXT = /[A-Za-z0-9+/_-]+=*(?![A-Za-z0-9])/g;
const MIN_PADDED_BASE64 = 16;
const ASSIGNED = /=[^&;,#:/|{}]+/g;
const QUERY_VALUE = /=[^&;#|]+/g;

/** Puts `*` in place of the identifiers that would not survive splitting at separators and glue. */
export function mask(key: string): string {
  let masked = key;
  if (masked.includes('::')) masked = masked.replace(SHORT_IPV6, '*');
  if (FIVE_COLONS.test(masked)) masked = masked.replace(IPV6, '*').replace(MAC, '*');
  if (masked.includes('"')) masked = masked.replace(QUOTED, '*');
  if (ADDRESS_SIGN.test(masked)) {
    masked = masked.replace(AUTHORITY, (text) => (ADDRESS_SIGN.test(text) ? '//*' : text));
    masked = masked.replace(ADDRESS_TEXT, (text) => (ADDRESS_SIGN.test(text) ? '*' : text));
  }
  return masked.includes('=') ? maskValues(masked.replace(BASE64_TEXT, maskPaddedBase64)) : masked;
}

/** In a query string a value ends at `&` only: it may be a path. */
function maskValues(key: string): string {
  const query = key.indexOf('?');
  if (query < 0) return key.replace(ASSIGNED, '=*');
  return key.slice(0, query).replace(ASSIGNED, '=*') + key.slice(query).replace(QUERY_VALUE, '=*');
}

function maskPaddedBase64(text: string): string {
  const padded = text.endsWith('=') && text.length % 4 === 0 && text.length >= MIN_PADDED_BASE64;
  return padded && /[A-Z0-9]/.test(text) ? '*' : text;
}
