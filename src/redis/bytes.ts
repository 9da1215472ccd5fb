/** Replies nest two levels deep (JSON.GET with FORMAT); the bound ends the walk of an array that contains itself. */
const MAX_DEPTH = 4;

/** Taken once: to ask the global for it takes longer than to measure a short text. */
const { byteLength: utf8Length } = Buffer;

/**
 * Bytes that a value takes on the wire, protocol overhead not counted: the text in UTF-8, a buffer's length, the decimal
 * text of a number, the sum over an array. Nothing is serialised; what has no size of its own counts 0.
 */
export function byteLength(value: unknown): number {
  return sizeOf(value, 0);
}

function sizeOf(value: unknown, depth: number): number {
  const length = scalarLength(value);
  if (length >= 0) return length;
  if (!Array.isArray(value) || depth === MAX_DEPTH) return 0;
  let bytes = 0;
  for (let i = 0; i < value.length; i++) bytes += sizeOf(value[i], depth + 1);
  return bytes;
}

/** As {@link byteLength}, of one value; -1: it is none (see {@link isScalar}). */
export function scalarLength(value: unknown): number {
  if (typeof value === 'string') return utf8Length(value);
  // `byteLength` is the same, but takes 28 ns in Node 20, `length` 3.
  if (value instanceof Uint8Array) return value.length;
  return isNumberOrFlag(value) ? String(value).length : -1;
}

function isNumberOrFlag(value: unknown): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

/** Whether a reply is one value: text, bytes, a number or a flag; not null, an error or a collection. */
export function isScalar(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array || isNumberOrFlag(value);
}
