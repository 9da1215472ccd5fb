import { Entry, type Form, NOTHING } from './store';

/** A value that is kept with its expiry. A plain object, for the library may write it as JSON, which has no infinity. */
interface Wrapped {
  readonly 'cache:value'?: unknown;
  readonly 'cache:expires': number | null;
  readonly 'cache:gone': number | null;
}

/** The value in what is kept; undefined: it is remembered that there is none. */
export function valueKept(kept: unknown): unknown {
  return isWrapped(kept) ? kept['cache:value'] : kept;
}

function isWrapped(kept: unknown): kept is Wrapped {
  return typeof kept === 'object' && kept !== null && 'cache:gone' in kept;
}

/** Values as they are, with their expiry beside them only where the library alone cannot tell it. */
export class PlainForm implements Form {
  constructor(private readonly keepsExpiry: boolean) {}

  encode({ value, expires, gone }: Entry): unknown {
    if (value !== NOTHING && (expires === Infinity || (gone === expires && !this.keepsExpiry))) return value;
    const times = { 'cache:expires': finite(expires), 'cache:gone': finite(gone) };
    return value === NOTHING ? times : { 'cache:value': value, ...times };
  }

  decode(found: unknown): Entry | undefined {
    if (found === undefined) return undefined;
    if (!isWrapped(found)) return new Entry(found, Infinity, Infinity);
    const { 'cache:value': value = NOTHING, 'cache:expires': expires, 'cache:gone': gone } = found;
    if (gone !== null && gone <= Date.now()) return undefined;
    return new Entry(value, expires ?? Infinity, gone ?? Infinity);
  }
}

const finite = (time: number): number | null => (time === Infinity ? null : time);
