import type { Command } from '../telemetry/command';
import { blocksOf } from './blocking';
import { CACHE_COMMANDS } from './cache-commands';
import { isKnown, keysOf } from './keys';
import { KEYWORDS } from './keywords';
import { names } from './names';
import { PROCEDURES } from './procedures';

/** A name that can be shown: the names of all commands, of any module, read like this. */
const SHOWABLE = /^[A-Za-z0-9._-]{1,64}$/;

/** The name becomes an attribute of metrics, where applications must not be able to make up values without end. */
const MAX_UNKNOWN = 500;

const UNKNOWN: Command = Object.freeze({ name: 'UNKNOWN' });

/** Commands that clients send of their own accord, to open, check and close connections. */
const LIFECYCLE = names(`
  ASKING AUTH CLIENT CLUSTER COMMAND HELLO INFO PING PSYNC QUIT READONLY READWRITE REPLCONF RESET ROLE SCRIPT SELECT
  SENTINEL SYNC
`);

/** Commands that are answered more than once, or not at all, or turn the connection into a stream. */
const UNTOUCHED = names('MONITOR PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE UNSUBSCRIBE');

/** Commands that run a script or a function of the application. */
const SCRIPTED = names('EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO');

const known = new Map<string, Command>();
const unknown = new Map<string, Command>([[UNKNOWN.name, UNKNOWN]]);

/** The command of that name, in any casing; an unknown one shows its name only: no keys, no reading. */
export function redisCommand(name: string): Command {
  if (!SHOWABLE.test(name)) return UNKNOWN;
  const upperCase = name.toUpperCase();
  return known.get(upperCase) ?? unknown.get(upperCase) ?? addCommand(upperCase);
}

function addCommand(name: string): Command {
  if (isKnown(name) || LIFECYCLE.has(name)) {
    const command = describe(name);
    known.set(name, command);
    return command;
  }
  if (unknown.size > MAX_UNKNOWN) return UNKNOWN;
  const command: Command = Object.freeze({ name });
  unknown.set(name, command);
  return command;
}

function describe(name: string): Command {
  const command: { -readonly [Field in keyof Command]: Command[Field] } = { name, ...CACHE_COMMANDS.get(name) };
  const keys = keysOf(name);
  const keywords = KEYWORDS.get(name);
  const blocks = blocksOf(name);
  const procedure = PROCEDURES.get(name);
  if (keys) command.keys = keys;
  if (keywords) command.keywords = keywords;
  if (blocks) command.blocks = blocks;
  if (procedure) command.procedure = procedure;
  if (LIFECYCLE.has(name)) command.lifecycle = true;
  if (UNTOUCHED.has(name)) command.untouched = true;
  if (SCRIPTED.has(name)) command.scripted = true;
  return Object.freeze(command);
}
