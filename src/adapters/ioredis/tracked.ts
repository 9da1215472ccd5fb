import type { Host } from '../../adapter';
import type { Command } from './library';

/** What a command was seen to be the first time that it passed; it may pass again (queued, redirected, resent). */
const TRACKED = Symbol('opentelemetry-instrumentation-cache.tracked');

/** What hears of the way of a command: an operation of its own, or the batch that it is a member of. */
export interface Tracked {
  /** The client keeps it until there is a connection. */
  waits(): void;
  /** It was written to the connection of this instance. */
  sent(connection: object): void;
  /**
   * It was answered.
   * @param reply before the client decodes it
   */
  replied?(reply: unknown): void;
}

type TrackedCommand = Command & { [TRACKED]?: Tracked | undefined };

export function trackedOf(command: Command): Tracked | undefined {
  return (command as TrackedCommand)[TRACKED];
}

export function track(command: Command, tracked: Tracked): void {
  (command as TrackedCommand)[TRACKED] = tracked;
}

const HEARS_REPLIES = Symbol('opentelemetry-instrumentation-cache.hears-replies');

/** The last one that hears replies: most often there is but one. */
let lastHearing: Command['transformReply'] | undefined;

/**
 * Tells the member of a pipeline of its reply. That is heard where the command decodes it: then its `resolve` need not be replaced, which
 * would take a function more for each.
 */
export function hearReply(command: Command, member: Required<Pick<Tracked, 'replied'>>): void {
  const { transformReply, resolve } = command;
  if (transformReply === lastHearing) return;
  if ((transformReply as { [HEARS_REPLIES]?: true })[HEARS_REPLIES] === true) {
    lastHearing = transformReply;
    return;
  }
  command.resolve = (reply) => {
    const result = resolve.call(command, reply);
    member.replied(reply);
    return result;
  };
}

/** A command decodes its reply right before its promise is resolved; a pipeline has it decode what EXEC answered in its place. */
export function patchCommand(prototype: Command, host: Host): void {
  host.wrap(prototype, 'initPromise', (original) => {
    return function initPromise(this: TrackedCommand): void {
      // Were the field added later, the engine would take commands for two kinds of objects, and tell them apart at each use: a
      // seventh of what one without a span costs. A command that is sent once more is promised anew, and stays what it was.
      // To read what is not there yet would take longer than to write it.
      if (this.transformed === false) this[TRACKED] = undefined;
      else this[TRACKED] ??= undefined;
      original.call(this);
    };
  });
  host.wrap(prototype, 'transformReply', (original) => {
    const transformReply = function (this: Command, reply: unknown): unknown {
      const result: unknown = original.call(this, reply);
      trackedOf(this)?.replied?.(reply);
      return result;
    };
    return Object.assign(transformReply, { [HEARS_REPLIES]: true });
  });
}
