import type { Command, KeyPositions } from './command';

/** Arguments that are shown; what comes after is `...`. */
const MOST_ARGUMENTS = 16;

/** One call of a command. */
interface Call {
  readonly series: { readonly command: Command };
  readonly args: ArrayLike<unknown>;
  readonly offset: number;
}

/** The indices of the keys in `args`, but of no more than so many. */
export function keyIndices(
  { keys }: Command,
  args: ArrayLike<unknown>,
  offset: number,
  most: number,
): readonly number[] {
  if (keys === undefined) return [];
  if (typeof keys === 'function') return keys(args, offset).slice(0, most);
  const last = keys.last < 0 ? args.length + keys.last : offset + keys.last;
  const indices: number[] = [];
  for (let i = offset + keys.first; i <= last && i < args.length && indices.length < most; i += keys.step) {
    indices.push(i);
  }
  return indices;
}

/** Whether a call is `GET key`: its text is its summary, which is made once. With the clock's constant 0.9 of a span. */
export function isKeyAlone({ series, args, offset }: Call): boolean {
  const { keys } = series.command;
  return typeof keys === 'object' && keys.first === 0 && args.length === offset + 1;
}

/**
 * `db.query.text`: the command with `?` for every argument but its option words and its keys.
 * @param keyText what is shown for a key, or for each of them
 */
export function queryText(
  command: Command,
  args: ArrayLike<unknown>,
  offset: number,
  keyText: string | ((key: unknown) => string),
): string {
  const { keys } = command;
  const found = typeof keys === 'function' ? keys(args, offset) : undefined;
  const end = Math.min(args.length, offset + MOST_ARGUMENTS);
  let text = command.name;
  for (let i = offset; i < end; i++) {
    text += ' ';
    const isKey = found === undefined ? isAt(keys as KeyPositions | undefined, args, offset, i) : found.includes(i);
    if (isKey) text += typeof keyText === 'string' ? keyText : keyText(args[i]);
    else text += optionWord(command, args[i], i - offset) ?? '?';
  }
  return end < args.length ? `${text} ...` : text;
}

function isAt(keys: KeyPositions | undefined, args: ArrayLike<unknown>, offset: number, index: number): boolean {
  if (keys === undefined) return false;
  const after = index - offset - keys.first;
  const last = keys.last < 0 ? args.length + keys.last : offset + keys.last;
  return after >= 0 && index <= last && after % keys.step === 0;
}

/** The longest option words have 10 letters; what is longer is a value, and may be very long. */
const LONGEST_WORD = 20;

function optionWord({ keywords }: Command, argument: unknown, position: number): string | undefined {
  if (keywords === undefined || position < keywords.from || typeof argument !== 'string') return undefined;
  if (argument.length > LONGEST_WORD) return undefined;
  const { words } = keywords;
  if (words.has(argument)) return argument;
  const word = argument.toUpperCase();
  return words.has(word) ? word : undefined;
}
