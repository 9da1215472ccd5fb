import type { CacheOperation, Command } from '../telemetry/command';
import * as reads from './reads';

const ALL: Command['keys'] = Object.freeze({ first: 0, last: -1, step: 1 });
const FIRST: Command['keys'] = Object.freeze({ first: 0, last: 0, step: 1 });

const UNKNOWN: Command = Object.freeze({ name: 'UNKNOWN' });

/** The commands that act on a cache; their arguments stand in the order of the clients' methods: key, value, expiry. */
const CACHE_COMMANDS = [
  command('GET', 'get', ALL, reads.readValues),
  command('GETS', 'get', FIRST, reads.readValues),
  command('SET', 'set', FIRST, reads.readStored),
  command('ADD', 'set', FIRST, reads.readStored),
  command('REPLACE', 'set', FIRST, reads.readStored),
  command('CAS', 'set', FIRST, reads.readStored),
  command('APPEND', 'set', FIRST, reads.readExtended),
  command('PREPEND', 'set', FIRST, reads.readExtended),
  command('INCR', 'increment', FIRST, reads.readCounted),
  command('DECR', 'increment', FIRST, reads.readCounted),
  command('TOUCH', 'touch', FIRST, reads.readTouched),
  command('DELETE', 'delete', FIRST, reads.readDeleted),
  Object.freeze<Command>({ name: 'FLUSH_ALL', cacheOperation: 'clear' }),
];

/** Commands that are about the server and the connection. `CONFIG` asks Amazon's ElastiCache for its nodes. */
const LIFECYCLE = ['CONFIG', 'NOOP', 'QUIT', 'STATS', 'VERBOSITY', 'VERSION'].map((name) =>
  Object.freeze<Command>({ name, lifecycle: true }),
);

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  [...CACHE_COMMANDS, ...LIFECYCLE].map((one) => [one.name, one] as const),
);

/**
 * The command of that name, in any casing and with its subcommand (`stats slabs`).
 *
 * @see https://github.com/memcached/memcached/blob/master/doc/protocol.txt
 */
export function memcachedCommand(name: string): Command {
  const [first = ''] = name.split(' ');
  return BY_NAME.get(first.toUpperCase()) ?? UNKNOWN;
}

function command(
  name: string,
  cacheOperation: CacheOperation,
  keys: NonNullable<Command['keys']>,
  read: NonNullable<Command['read']>,
): Command {
  return Object.freeze({ name, cacheOperation, keys, read });
}
