import type { Command } from './library';
import type { Tracked } from './tracked';

/** What goes on with the command that is sent in place of another. */
export interface Held {
  readonly tracked: Tracked;
  hearAnswer(resend: Command): void;
  /** There was no resend. */
  giveUp(): void;
}

interface HeldCommand extends Held {
  readonly args: readonly unknown[];
}

let held: HeldCommand[] = [];

/**
 * A script of `defineCommand` that the server does not know any more (NOSCRIPT): ioredis sends a new command with the same
 * arguments as soon as the rejection reaches it, a few microtasks from now. Both are one operation.
 * @returns false where ioredis won't send it again
 */
export function holdForResend(command: Command, error: unknown, then: Held): boolean {
  if (!isDefinedScript(command) || !saysNoScript(error)) return false;
  if (held.length === 0) setImmediate(giveUp);
  held.push({ args: command.args, ...then });
  return true;
}

/** Wherever in the message, as ioredis has it: a cluster that has followed too many redirections quotes the last error. */
function saysNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.includes('NOSCRIPT');
}

/** ioredis 5 and later send scripts by a subclass of Command; 4 marks the command. */
export function isDefinedScript(command: Command): boolean {
  if ((command as { isCustomCommand?: boolean }).isCustomCommand === true) return true;
  return command.constructor.name === 'CustomScriptCommand';
}

/** What goes on with this command, where it is the resend of a held one. */
export function adoptResend(command: Command): Tracked | undefined {
  return held.length === 0 ? undefined : adopt(command);
}

function adopt(command: Command): Tracked | undefined {
  if (command.name !== 'evalsha' && command.name !== 'eval') return undefined;
  const resent = held.find(({ args }) => sameButScript(args, command.args));
  if (resent === undefined) return undefined;
  held.splice(held.indexOf(resent), 1);
  resent.hearAnswer(command);
  return resent.tracked;
}

/** The first argument is the script or its SHA-1. */
function sameButScript(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((argument, index) => index === 0 || argument === other[index]);
}

function giveUp(): void {
  const left = held;
  held = [];
  for (const one of left) one.giveUp();
}
