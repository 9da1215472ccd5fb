import type { Answer } from '../../memcached/text';
import type { Query } from './library';

const STATUS_FOUND = 'END';
const NOT_STORED = 'NOT_STORED';
const NOT_FOUND = 'NOT_FOUND';

/**
 * The answer to a query, as far as the client tells it: what arrives after the patches are gone is not read.
 * @returns undefined: there was none
 */
export function unheardAnswer({ type, multi }: Query, error: unknown, value: unknown): Answer | undefined {
  if (error !== undefined) return isNotStored(error) ? answer(NOT_STORED, {}) : undefined;
  if (type !== 'get' && type !== 'gets') return answer(value === false ? NOT_FOUND : '', {});
  if (value === undefined) return answer(STATUS_FOUND, {});
  if (multi === true) return answer(STATUS_FOUND, Object.fromEntries([value].flat().flatMap(entriesOf)));
  // Beside the value, `gets` gives the number that `cas` wants.
  return answer(STATUS_FOUND, Object.fromEntries(type === 'gets' ? entriesOf(value).slice(0, 1) : [['', value]]));
}

function entriesOf(found: unknown): [string, unknown][] {
  return Object.entries(found as object);
}

function isNotStored(error: unknown): boolean {
  return (error as { readonly notStored?: unknown } | null)?.notStored === true;
}

function answer(status: string, found: Readonly<Record<string, unknown>>): Answer {
  const sizes = Object.values(found).map(bytesOf);
  return {
    status,
    message: '',
    keys: Object.keys(found),
    sizes,
    bytes: sizes.reduce((sum, one) => sum + one, 0),
    end: 0,
  };
}

/** The client writes numbers as text, and what else is no text as JSON. */
function bytesOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
