import type { Command } from './command';

/** Arguments that are shown; what comes after is `...`. */
const MOST_ARGUMENTS = 16;

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

/**
 * `db.query.text`: the command with `?` for every argument but its option words and its keys.
 * @param keyText what is shown for a key
 */
export function queryText(
  command: Command,
  args: ArrayLike<unknown>,
  offset: number,
  keyText: (key: unknown) => string,
): string {
  const keys = keyIndices(command, args, offset, MOST_ARGUMENTS);
  const end = Math.min(args.length, offset + MOST_ARGUMENTS);
  let text = command.name;
  for (let i = offset; i < end; i++) {
    text += ' ';
    if (keys.includes(i)) text += keyText(args[i]);
    else text += optionWord(command, args[i], i - offset) ?? '?';
  }
  return end < args.length ? `${text} ...` : text;
}

function optionWord({ keywords }: Command, argument: unknown, position: number): string | undefined {
  if (keywords === undefined || position < keywords.from || typeof argument !== 'string') return undefined;
  const word = argument.toUpperCase();
  return keywords.words.has(word) ? word : undefined;
}
