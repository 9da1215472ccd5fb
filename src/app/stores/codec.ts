import type { SerializerOptions } from '../options';
import { Entry, type Form, NOTHING, type Observed } from './store';

/** What a store outside of the process keeps. */
export type Stored = string | Uint8Array;

const serializerErrors = new WeakSet();

/** Whether it was the value that could not be written, and not the store that failed. */
export function isSerializerError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && serializerErrors.has(error);
}

/**
 * `~expires~gone~` before the value, in epoch milliseconds and 0 for never. Another end where there is no value (`!`), and where the value is
 * text (`t`) of a serialiser that else makes bytes, or bytes (`b`) of one that else makes text.
 */
const HEADER = /^~(\d{1,15})~(\d{1,15})([~!tb])/;
const LONGEST_HEADER = 33;

/**
 * Entries as text or bytes. Most often that is what the serialiser makes of the value and nothing else, so that other programs can
 * read it; where the store alone cannot tell when a value stops being fresh, a short header does.
 */
export class Codec implements Form {
  /** The serialiser makes bytes, or may: so bytes are what is to be read. */
  readonly isBinary: boolean;
  /** Most often, for it may make both. Undefined: that is not known before it has made the first. */
  private makesText: boolean | undefined;
  private readonly serialize: (value: unknown) => Stored;
  private readonly deserialize: (stored: Stored) => unknown;

  constructor(
    { serialize, deserialize }: SerializerOptions<never>,
    private readonly keepsExpiry: boolean,
  ) {
    this.serialize = (serialize ?? JSON.stringify) as (value: unknown) => Stored;
    this.deserialize = (deserialize ?? JSON.parse) as (stored: Stored) => unknown;
    this.makesText = this.triedOut();
    this.isBinary = serialize !== undefined;
  }

  /** Typed values are not known: one of these is often enough for one. */
  private triedOut(): boolean | undefined {
    for (const sample of [null, {}, '', 0, [], new Date(0)]) {
      try {
        const makesText = isText(this.serialize(sample));
        if (makesText !== undefined) return makesText;
      } catch {
        // It takes other values.
      }
    }
    return undefined;
  }

  /** @throws what the serialiser throws */
  encode({ value, expires, gone }: Entry, observed: Observed): Stored {
    if (value === NOTHING) return header(expires, gone, '!');
    const stored = this.serialized(value);
    observed?.sized(typeof stored === 'string' ? Buffer.byteLength(stored) : stored.byteLength);
    const isText = typeof stored === 'string';
    const isTold = isText !== this.makesText;
    const isPlain = !isTold && (expires === Infinity || (gone === expires && !this.keepsExpiry));
    // What looks like a header itself needs one before it.
    if (isPlain && headerOf(stored).length === 0) return stored;
    const text = header(expires, gone, isTold ? (isText ? 't' : 'b') : '~');
    return isText ? text + stored : Buffer.concat([Buffer.from(text), stored]);
  }

  private serialized(value: unknown): Stored {
    try {
      const stored = this.serialize(value);
      this.makesText ??= isText(stored);
      // JSON.stringify gives undefined for a function.
      if (typeof stored === 'string') return stored;
      // Clients and libraries know what to do with a Buffer, and not always with other arrays of bytes.
      if (stored instanceof Uint8Array) return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
      throw new TypeError('the serialiser made neither text nor bytes of the value');
    } catch (error) {
      if (typeof error === 'object' && error !== null) serializerErrors.add(error);
      throw error;
    }
  }

  /** @throws what the deserialiser throws */
  decode(found: unknown, observed: Observed): Entry | undefined {
    if (found === null || found === undefined) return undefined;
    const stored = found as Stored;
    const [text, expires, gone, end] = headerOf(stored);
    if (text === undefined) return this.entry(stored, this.makesText, Infinity, Infinity, observed);
    const until = time(gone!);
    if (until <= Date.now()) return undefined;
    if (end === '!') return new Entry(NOTHING, time(expires!), until);
    const payload = typeof stored === 'string' ? stored.slice(text.length) : stored.subarray(text.length);
    return this.entry(payload, end === '~' ? this.makesText : end === 't', time(expires!), until, observed);
  }

  private entry(
    payload: Stored,
    isText: boolean | undefined,
    expires: number,
    gone: number,
    observed: Observed,
  ): Entry {
    observed?.sized(typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength);
    return new Entry(this.deserialized(payload, isText), expires, gone);
  }

  private deserialized(payload: Stored, isText: boolean | undefined): unknown {
    if (isText === true || typeof payload === 'string') return this.deserialize(textOf(payload));
    if (isText === false) return this.deserialize(payload);
    try {
      return this.deserialize(payload);
    } catch {
      // It may be one that makes text.
      return this.deserialize(textOf(payload));
    }
  }
}

const textOf = (stored: Stored): string => (typeof stored === 'string' ? stored : Buffer.from(stored).toString());

function isText(stored: unknown): boolean | undefined {
  return typeof stored === 'string' ? true : stored instanceof Uint8Array ? false : undefined;
}

function header(expires: number, gone: number, end: '~' | '!' | 't' | 'b'): string {
  return `~${number(expires)}~${number(gone)}${end}`;
}

const number = (time: number): number => (time === Infinity ? 0 : Math.ceil(time));
const time = (digits: string): number => Number(digits) || Infinity;

function headerOf(stored: Stored): readonly (string | undefined)[] {
  const first = stored[0];
  if (first !== '~' && first !== 0x7e) return [];
  const start =
    typeof stored === 'string' ? stored : Buffer.from(stored.subarray(0, LONGEST_HEADER)).toString('latin1');
  return HEADER.exec(start) ?? [];
}
