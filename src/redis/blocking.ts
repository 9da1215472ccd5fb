import { exists, hasFlag } from '@ioredis/commands';
import type { Command } from '../telemetry/command';
import { isWord } from './arguments';

type Blocks = NonNullable<Command['blocks']>;

const always: Blocks = () => true;

/** XREAD and XREADGROUP wait only with BLOCK, which comes before STREAMS; after it are keys and ids. */
function blockOption(from: number): Blocks {
  return (args, offset) => {
    for (let i = offset + from; i < args.length; i++) {
      if (isWord(args[i], 'BLOCK')) return true;
      if (isWord(args[i], 'STREAMS')) return false;
    }
    return false;
  };
}

const xread = blockOption(0);
/** XREADGROUP GROUP group consumer: the names are the application's own. */
const xreadgroup = blockOption(3);

/** Whether calls of a command wait on the server; undefined: they never do. */
export function blocksOf(name: string): Blocks | undefined {
  if (name === 'XREAD') return xread;
  if (name === 'XREADGROUP') return xreadgroup;
  const command = name.toLowerCase();
  return exists(command) && hasFlag(command, 'blocking') ? always : undefined;
}
