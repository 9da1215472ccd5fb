import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Memcached, QueryCompiler } from './library';

type Command = Memcached['command'];

/** As shimmer marks its wrappers, upon which most instrumentations are built. */
interface Shimmed {
  readonly __original?: Command;
}

/** Makes a span of each query to a server, whatever that is a share of. */
const OFFICIAL = '@opentelemetry/instrumentation-memcached';

const ours = new WeakSet<Command>();

export function noteOurs(command: Command): Command {
  ours.add(command);
  return command;
}

/**
 * Has a client hand what it splits among its servers past the official instrumentation, so that the whole has one span: ours.
 * @param isOurs whether we observe the query that a compiler makes; whoever ignores the command has the spans of the others
 * @param observe puts ours around the library's own method
 */
export function handPastOthers(
  client: Memcached,
  hand: () => unknown,
  isOurs: (compile: QueryCompiler) => boolean,
  observe: (original: Command) => Command,
): void {
  const outermost = client.command;
  const command = foreignSpans.recognizes(OFFICIAL) ? belowOthers(outermost, observe) : undefined;
  if (command === undefined || Object.hasOwn(client, 'command') || !Object.isExtensible(client)) {
    hand();
    return;
  }
  const value: Command = function (this: Memcached, compile, server) {
    return (isOurs(compile) ? command : outermost).call(this, compile, server);
  };
  Object.defineProperty(client, 'command', { value, configurable: true });
  try {
    hand();
  } finally {
    Reflect.deleteProperty(client, 'command');
  }
}

/** Ours alone; undefined: nobody else has wrapped the method. */
function belowOthers(outermost: Command, observe: (original: Command) => Command): Command | undefined {
  let command = outermost;
  let isShared = false;
  for (let below = originalOf(command); below !== undefined; below = originalOf(command)) {
    isShared ||= !ours.has(command);
    command = below;
  }
  if (!isShared) return undefined;
  return ours.has(command) ? command : observe(command);
}

function originalOf(command: Command): Command | undefined {
  return (command as Shimmed).__original;
}
