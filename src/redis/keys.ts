import { getKeyIndexes, list } from '@ioredis/commands';
import type { KeyFinder, KeyPositions } from '../telemetry/command';
import { isWord, numeric } from './arguments';
import { MODULE_COMMANDS } from './module-commands';
import { names } from './names';

/** The commands of the server itself. */
const SERVER_COMMANDS: ReadonlySet<string> = new Set(list.map((name) => name.toUpperCase()));

/** What the server routes by in these is the name of a channel. */
const CHANNEL_COMMANDS = names('SPUBLISH SSUBSCRIBE SUNSUBSCRIBE');

/** Where the keys depend on the other arguments or on a subcommand. */
const MOVABLE = names('BLESS GEORADIUS GEORADIUSBYMEMBER HIMPORT MEMORY MIGRATE OBJECT XGROUP XINFO XREAD XREADGROUP');

/**
 * What the library does not know, or not well: it trusts a number of keys blindly, however large, and takes the patterns
 * of SORT for keys.
 */
const OWN: ReadonlyMap<string, KeyPositions | KeyFinder> = new Map<string, KeyPositions | KeyFinder>([
  ...each('EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO BLMPOP BZMPOP', counted(1)),
  ...each('LMPOP ZMPOP SDIFFCARD SINTERCARD SUNIONCARD ZDIFF ZINTER ZINTERCARD ZUNION', counted(0)),
  ...each('ZDIFFSTORE ZINTERSTORE ZUNIONSTORE CMS.MERGE TDIGEST.MERGE', withDestination(counted(1))),
  ['MSETEX', counted(0, 2)],
  ['SORT', sortKeys],
  // Valkey's own.
  ['DELIFEQ', Object.freeze({ first: 0, last: 0, step: 1 })],
]);

/** Whether there is such a command in Redis 7 and 8, their modules, or Valkey. */
export function isKnown(name: string): boolean {
  return SERVER_COMMANDS.has(name) || MODULE_COMMANDS.has(name) || OWN.has(name);
}

/** Where the keys of a command are; undefined where it has none or is not known. */
export function keysOf(name: string): KeyPositions | KeyFinder | undefined {
  const own = OWN.get(name) ?? MODULE_COMMANDS.get(name);
  if (own || !SERVER_COMMANDS.has(name) || CHANNEL_COMMANDS.has(name)) return own;
  return MOVABLE.has(name) ? movable(name) : fixed(name);
}

function each(commands: string, find: KeyFinder): [string, KeyFinder][] {
  return Array.from(names(commands), (name) => [name, find]);
}

/** The number of keys is an argument of its own, at `at`, right before the first key; a key comes every `step` arguments. */
function counted(at: number, step = 1): KeyFinder {
  return (args, offset) => {
    const keys: number[] = [];
    const count = numeric(args[offset + at]);
    for (let i = 0, key = offset + at + 1; i < count && key < args.length; i++, key += step) keys.push(key);
    return keys;
  };
}

function withDestination(find: KeyFinder): KeyFinder {
  return (args, offset) => (args.length > offset ? [offset, ...find(args, offset)] : []);
}

/** SORT key ... [STORE destination]. The library takes the patterns of BY and GET for keys as well. */
function sortKeys(args: ArrayLike<unknown>, offset: number): readonly number[] {
  if (args.length <= offset) return [];
  for (let i = offset + 1; i + 1 < args.length; i++) {
    if (isWord(args[i], 'STORE')) return [offset, i + 1];
  }
  return [offset];
}

/** Asks the library call by call. */
function movable(name: string): KeyFinder {
  const command = name.toLowerCase();
  return (args, offset) => {
    const keys: number[] = [];
    try {
      const own = Array.prototype.slice.call(args, offset) as string[];
      for (const index of getKeyIndexes(command, own)) if (index < own.length) keys.push(index + offset);
    } catch {
      // The library needs the text of every argument, and an object may have none.
    }
    return keys;
  };
}

/** More than any command has arguments up to its last fixed key; an odd number, so that the last one can begin a pair. */
const BLANKS: string[] = Array<string>(9).fill('');

/**
 * Asks the library once, with blanks in place of arguments, as it tells no positions but of arguments. A last key at the
 * end of the blanks, or right before it (BLPOP), is one that counts from the end.
 */
function fixed(name: string): KeyPositions | undefined {
  const [first, second, ...rest] = getKeyIndexes(name.toLowerCase(), BLANKS);
  if (first === undefined) return undefined;
  const last = rest.at(-1) ?? second ?? first;
  return Object.freeze({
    first,
    last: last >= BLANKS.length - 2 ? last - BLANKS.length : last,
    step: second === undefined ? 1 : second - first,
  });
}
