/** What a server answered to one command of the text protocol, before its client takes it apart. */
export interface Answer {
  /** The word that ends it: `END`, `STORED`, `NOT_FOUND`, `SERVER_ERROR`; a number where it is the answer. */
  readonly status: string;
  /** What the server says after that word. */
  readonly message: string;
  /** Bytes of the values in it. */
  readonly bytes: number;
  /** The keys of these values, in their order. */
  readonly keys: readonly string[];
  /** Bytes of each of these values. */
  readonly sizes: readonly number[];
  /** Where the next answer begins. */
  readonly end: number;
}

const ERRORS: ReadonlySet<string> = new Set(['ERROR', 'CLIENT_ERROR', 'SERVER_ERROR']);
/** A condition was not met. */
const UNMET: ReadonlySet<string> = new Set(['NOT_FOUND', 'NOT_STORED', 'EXISTS']);

const NONE: readonly never[] = Object.freeze([]);

/** Bytes of a value, by its flags, its size on the wire and its text: what flags mean is up to the client. */
export type BytesOf = (flags: string, size: number, text: string) => number;

/**
 * The answer that begins at line `from`; undefined: it is not complete yet.
 *
 * @see https://github.com/memcached/memcached/blob/master/doc/protocol.txt
 */
export function readAnswer(lines: readonly string[], from: number, bytesOf: BytesOf): Answer | undefined {
  let keys: string[] | undefined;
  let sizes: number[] | undefined;
  let bytes = 0;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('VALUE ')) {
      // VALUE key flags bytes [unique], and a line with the value.
      const [, key = '', flags = '', size] = line.split(' ');
      (keys ??= []).push(key);
      at++;
      const length = bytesOf(flags, Number(size), lines[at] ?? '');
      (sizes ??= []).push(length);
      bytes += length;
    } else if (!line.startsWith('STAT ') && !line.startsWith('ITEM ')) {
      return answer(line, { bytes, keys: keys ?? NONE, sizes: sizes ?? NONE, end: at + 1 });
    }
  }
  return undefined;
}

function answer(line: string, rest: Omit<Answer, 'status' | 'message'>): Answer {
  const blank = line.indexOf(' ');
  if (blank === -1) return { status: line, message: '', ...rest };
  return { status: line.slice(0, blank), message: line.slice(blank + 1), ...rest };
}

export function isError({ status }: Answer): boolean {
  return ERRORS.has(status);
}

/** Whether the server did what it was asked to; `END` without a value is the answer to a key that is not there. */
export function isDone({ status, keys }: Answer): boolean {
  return status === 'END' ? keys.length > 0 : !UNMET.has(status);
}
