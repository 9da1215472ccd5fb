/**
 * The server's error prefix (`WRONGTYPE`, `NOSCRIPT`, `ERR`), or undefined where the error is none of the server's.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
export function replyErrorPrefix(error: unknown): string | undefined {
  if (!(error instanceof Error) || !isReplyError(error)) return undefined;
  const prefix = /^[A-Z][A-Z0-9_]*(?= |$)/.exec(error.message);
  return prefix?.[0] ?? 'ERR';
}

/** ioredis names the class `ReplyError`, node-redis `ErrorReply`, with subclasses. */
function isReplyError(error: Error): boolean {
  if (error.name === 'ReplyError') return true;
  for (let type: unknown = error.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    if (type.name === 'ErrorReply' || type.name === 'ReplyError') return true;
  }
  return false;
}
