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

/** A connection has ended, and the client has no error of its own for that. */
export class ConnectionClosed extends Error {
  constructor() {
    super('Connection is closed.');
  }
}

const LONGEST_MESSAGE = 200;
/** What is shorter is in a message, or in an argument, by chance. */
const SHORTEST_WORD = 4;
/** Arguments that are searched for words of a message; with more, or longer ones, the message is not shown. */
const MOST_ARGUMENTS = 1000;
const LONGEST_ARGUMENT = 10_000;

/**
 * @param error what the client rejected with: anything
 * @param statusCode the server's own code for the error, where the adapter knows that the server answered
 */
export function describeFailure(error: unknown, statusCode: string | undefined, asked: Asked): Failure {
  const answered = statusCode !== undefined;
  const type = failureType(error, statusCode);
  const text = messageOf(error);
  const message = (answered ? text.slice(0, quoteIn(text)) : text).slice(0, LONGEST_MESSAGE).trim();
  const secret = (answered && asked.series.command.scripted === true) || quotes(message, asked.args);
  return { type, statusCode: answered ? type : undefined, message: secret ? type : message };
}

/** `error.type`: that of the server's own code where there is one. */
export function failureType(error: unknown, statusCode: string | undefined): string {
  return statusCode === undefined ? errorType(error) : label(statusCode);
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

/**
 * Whether an argument, or a word of one, stands in a message without quotation marks (`Syntax error near secret`). Rather
 * once too often: an argument may hold any word, and what is told then is the type.
 */
function quotes(message: string, args: ArrayLike<unknown>): boolean {
  if (message === '') return false;
  if (args.length > MOST_ARGUMENTS) return true;
  const words = [...message.split(/\s+/), ...message.split(/[^\p{L}\p{N}]+/u)].filter(isTelling);
  for (let i = 0; i < args.length; i++) {
    const argument = textOf(args[i]);
    if (argument === undefined) return true;
    if (isTelling(argument) && message.includes(argument)) return true;
    if (words.some((word) => argument.includes(word))) return true;
  }
  return false;
}

/** Undefined: too long to be searched. */
function textOf(argument: unknown): string | undefined {
  if (typeof argument === 'number' || typeof argument === 'bigint') return String(argument);
  if (typeof argument !== 'string' && !(argument instanceof Uint8Array)) return '';
  if (argument.length > LONGEST_ARGUMENT) return undefined;
  return typeof argument === 'string' ? argument : Buffer.from(argument).toString();
}

function isTelling({ length }: string): boolean {
  return length >= SHORTEST_WORD;
}

/** Attribute values must not explode in number: whatever does not look like an error's name is `_OTHER`. */
function label(text: string): string {
  return /^[\w.$-]{1,64}$/.test(text) ? text : '_OTHER';
}
