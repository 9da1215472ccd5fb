import type { Command } from './command';

/** What of an error goes into telemetry: `error.type`, `db.response.status_code` and the span's status. */
export interface Failure {
  /** `error.type`: the server's error prefix, else the error's `code`, else its class. */
  readonly type: string;
  /** `db.response.status_code`, where the server answered with an error. */
  readonly statusCode: string | undefined;
  /** The status description of a span, free of arguments. */
  readonly message: string;
}

/** What was asked when it failed: nothing of it may show. */
export interface Asked {
  readonly series: { readonly command: Command };
  readonly args: ArrayLike<unknown>;
}

const LONGEST_MESSAGE = 200;
/** Shorter arguments are in a message by chance. */
const SHORTEST_ARGUMENT = 3;

/**
 * @param error what the client rejected with: anything
 * @param statusCode the server's own code for the error, where the adapter knows that the server answered
 */
export function describeFailure(error: unknown, statusCode: string | undefined, asked: Asked): Failure {
  const answered = statusCode !== undefined;
  const type = answered ? label(statusCode) : errorType(error);
  const text = messageOf(error);
  const message = (answered ? text.slice(0, quoteIn(text)) : text).slice(0, LONGEST_MESSAGE).trim();
  const secret = (answered && asked.series.command.scripted === true) || quotes(message, asked.args);
  return { type, statusCode: answered ? type : undefined, message: secret ? type : message };
}

function errorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return label(typeof error);
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && code !== '') return label(code);
  const className = (error as { constructor?: Function }).constructor?.name;
  // Subclasses that are plain `Error`s with a name of their own, such as AbortError.
  if ((className === undefined || className === 'Error') && typeof name === 'string') return label(name);
  return label(className ?? 'Error');
}

function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { message } = error as { message?: unknown };
  return typeof message === 'string' ? message : '';
}

/** A server quotes what it was sent (`unknown command 'X', with args beginning with: 'secret'`): where that begins. */
function quoteIn(message: string): number {
  const start = message.search(/['"`:]|, with args/);
  return start === -1 ? message.length : start;
}

/** Whether an argument stands in a message without quotation marks. */
function quotes(message: string, args: ArrayLike<unknown>): boolean {
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    if (typeof argument === 'number' || typeof argument === 'bigint') {
      if (contains(message, String(argument))) return true;
    } else if (typeof argument === 'string') {
      if (contains(message, argument)) return true;
    } else if (argument instanceof Uint8Array && argument.length <= message.length) {
      if (contains(message, Buffer.from(argument).toString())) return true;
    }
  }
  return false;
}

function contains(message: string, argument: string): boolean {
  return argument.length >= SHORTEST_ARGUMENT && message.includes(argument);
}

/** Attribute values must not explode in number: whatever does not look like an error's name is `_OTHER`. */
function label(text: string): string {
  return /^[\w.$-]{1,64}$/.test(text) ? text : '_OTHER';
}
