/**
 * Names of the binary protocol's opcodes as the text protocol has them.
 * @see https://github.com/memcached/memcached/blob/master/protocol_binary.h
 */
const OPCODES: ReadonlyMap<number, string> = new Map([
  [0x00, 'get'],
  [0x01, 'set'],
  [0x02, 'add'],
  [0x03, 'replace'],
  [0x04, 'delete'],
  [0x05, 'incr'],
  [0x06, 'decr'],
  [0x07, 'quit'],
  [0x08, 'flush_all'],
  [0x0a, 'noop'],
  [0x0b, 'version'],
  [0x0e, 'append'],
  [0x0f, 'prepend'],
  [0x10, 'stats'],
  [0x1c, 'touch'],
]);

/** A status that says that a condition was not met: not found, exists, not stored. */
const UNMET: ReadonlySet<number> = new Set([0x01, 0x02, 0x05]);

const ERRORS: ReadonlyMap<number, string> = new Map([
  [0x03, 'E2BIG'],
  [0x04, 'EINVAL'],
  [0x06, 'DELTA_BADVAL'],
  [0x07, 'NOT_MY_VBUCKET'],
  [0x20, 'AUTH_ERROR'],
  [0x21, 'AUTH_CONTINUE'],
  [0x81, 'UNKNOWN_COMMAND'],
  [0x82, 'ENOMEM'],
  [0x83, 'NOT_SUPPORTED'],
  [0x84, 'EINTERNAL'],
  [0x85, 'EBUSY'],
  [0x86, 'ETMPFAIL'],
]);

/** Where the parts of a message begin. */
const HEADER_LENGTH = 24;
const KEY_LENGTH = 2;
const EXTRAS_LENGTH = 4;
const BODY_LENGTH = 8;

/** The status of a failed authentication. */
export const AUTH_ERROR = 'AUTH_ERROR';

/** The name of what a request asks for. */
export function requestName(request: Buffer): string {
  return OPCODES.get(request[1]!) ?? '';
}

/** Bytes of the value in a request. */
export function valueLength(request: Buffer): number {
  return request.readUInt32BE(BODY_LENGTH) - request[EXTRAS_LENGTH]! - request.readUInt16BE(KEY_LENGTH);
}

/** A view of the value in a request. */
export function valueOf(request: Buffer): Buffer {
  return request.subarray(request.length - valueLength(request));
}

/** The four bytes of a request's extras from `at` on; 0 where there are not so many. */
export function extra(request: Buffer, at: number): number {
  return request[EXTRAS_LENGTH]! < at + 4 ? 0 : request.readUInt32BE(HEADER_LENGTH + at);
}

/** Whether a status says that the server did what it was asked to; undefined: it failed, see {@link statusName}. */
export function isDone(status: number): boolean | undefined {
  if (status === 0) return true;
  return UNMET.has(status) ? false : undefined;
}

/** The protocol's name of a status that is an error. */
export function statusName(status: number): string {
  return ERRORS.get(status) ?? `0x${status.toString(16).padStart(4, '0')}`;
}
