/** What of an error goes into telemetry: `error.type`, `db.response.status_code` and the span's status. */
export interface Failure {
  /** `error.type`: the server's error prefix, else the error's `code`, else its class. */
  readonly type: string;
  /** `db.response.status_code`, where the server answered with an error. */
  readonly statusCode: string | undefined;
  /** The status description of a span, free of arguments. */
  readonly message: string;
}

const LONGEST_MESSAGE = 200;

/**
 * @param error what the client rejected with: anything
 * @param statusCode the server's own code for the error, where the adapter knows that the server answered
 */
export function describeFailure(error: unknown, statusCode: string | undefined): Failure {
  const message = messageOf(error);
  if (statusCode === undefined)
    return { type: errorType(error), statusCode, message: message.slice(0, LONGEST_MESSAGE) };
  return { type: label(statusCode), statusCode: label(statusCode), message: withoutArguments(message) };
}

function errorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return label(typeof error);
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && code !== '') return label(code);
  const className = (error as object).constructor?.name;
  // Subclasses that are plain `Error`s with a name of their own, such as AbortError.
  if ((className === undefined || className === 'Error') && typeof name === 'string') return label(name);
  return label(className ?? 'Error');
}

function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { message } = error as { message?: unknown };
  return typeof message === 'string' ? message : '';
}

/** A server quotes what it was sent (`unknown command 'X', with args beginning with: 'secret'`): cut before the first quote. */
function withoutArguments(message: string): string {
  const end = message.search(/['"`:]|, with args/);
  return (end === -1 ? message : message.slice(0, end)).slice(0, LONGEST_MESSAGE).trim();
}

/** Attribute values must not explode in number: whatever does not look like an error's name is `_OTHER`. */
function label(text: string): string {
  return /^[\w.$-]{1,64}$/.test(text) ? text : '_OTHER';
}
