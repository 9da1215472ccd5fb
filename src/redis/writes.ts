import type { Command, Outcome } from '../telemetry/command';
import { argument, argumentCount, isWord, numeric } from './arguments';
import { byteLength, isScalar } from './bytes';
import { expiryOption, secondsOf, tellExpiry, type ToSeconds } from './expiry';

type Read = NonNullable<Command['read']>;

/** A time to live that can't be told: the write leaves the old expiry as it is. */
const KEPT = NaN;

/** Tells of one written value; positions among the command's own arguments, the time to live in seconds. */
function writeValue(outcome: Outcome, key: number, value: number, ttl: number | undefined): void {
  if (outcome.wrote(argument(outcome, key), ttl)) outcome.sized(byteLength(argument(outcome, value)));
}

/**
 * SET key value [NX | XX | IFEQ v | IFNE v | IFDEQ d | IFDNE d] [GET] [EX s | PX ms | EXAT t | PXAT t | KEEPTTL].
 *
 * Null says that a condition was not met. With GET the reply is the old value instead, so that null means the opposite
 * together with NX; together with a comparison it does not tell whether the key was written.
 */
export function readSet(outcome: Outcome, reply: unknown): void {
  const count = argumentCount(outcome);
  let returnsOld = false;
  let onlyNew = false;
  let onlyExisting = false;
  let compares = false;
  let ttl: number | undefined;
  for (let i = 2; i < count; i++) {
    const option = argument(outcome, i);
    const seconds = secondsOf(option, argument(outcome, i + 1));
    if (seconds !== undefined) {
      ttl = seconds;
      i++;
    } else if (isComparison(option)) {
      compares = true;
      i++;
    } else if (isWord(option, 'KEEPTTL')) ttl = KEPT;
    else if (isWord(option, 'NX')) onlyNew = true;
    else if (isWord(option, 'XX')) onlyExisting = true;
    else if (isWord(option, 'GET')) returnsOld = true;
  }
  const isNull = reply === null || reply === undefined;
  if (!isNull && !isScalar(reply)) return;
  const isRefused = returnsOld ? compares || (onlyNew && !isNull) || (onlyExisting && isNull) : isNull;
  if (isRefused) return;
  writeValue(outcome, 0, 1, ttl);
  tellExpiry(outcome, ttl);
}

function isComparison(option: unknown): boolean {
  return isWord(option, 'IFEQ') || isWord(option, 'IFNE') || isWord(option, 'IFDEQ') || isWord(option, 'IFDNE');
}

/** SETEX key seconds value, PSETEX key milliseconds value. */
export function setex(toSeconds: ToSeconds): Read {
  return (outcome, reply) => {
    if (!isScalar(reply)) return;
    const ttl = toSeconds(argument(outcome, 1));
    writeValue(outcome, 0, 2, ttl);
    tellExpiry(outcome, ttl);
  };
}

/** SETNX key value: 1 where it wrote. */
export function readSetnx(outcome: Outcome, reply: unknown): void {
  if (numeric(reply) === 1) writeValue(outcome, 0, 1, undefined);
}

/** GETSET key value: the old value, null where there was none; always writes. */
export function readGetset(outcome: Outcome, reply: unknown): void {
  if (reply === null || reply === undefined || isScalar(reply)) writeValue(outcome, 0, 1, undefined);
}

/** MSET key value ...: always writes. */
export function readMset(outcome: Outcome, reply: unknown): void {
  if (isScalar(reply)) writePairs(outcome, 0, argumentCount(outcome), undefined);
}

/** MSETNX key value ...: 1 where it wrote, all keys or none. */
export function readMsetnx(outcome: Outcome, reply: unknown): void {
  if (numeric(reply) === 1) writePairs(outcome, 0, argumentCount(outcome), undefined);
}

/** MSETEX n key value ... [NX | XX] [EX s | ... | KEEPTTL]: 1 where it wrote; without an option the keys never expire. */
export function readMsetex(outcome: Outcome, reply: unknown): void {
  if (numeric(reply) !== 1) return;
  const end = 1 + 2 * numeric(argument(outcome, 0));
  if (!(end > 1 && end <= argumentCount(outcome))) return;
  const ttl = expiryOption(outcome, end);
  writePairs(outcome, 1, end, ttl);
  tellExpiry(outcome, ttl);
}

/** Tells of the keys and values in turn from `from` up to `end`, which is not one of them. */
function writePairs(outcome: Outcome, from: number, end: number, ttl: number | undefined): void {
  for (let i = from; i + 1 < end; i += 2) writeValue(outcome, i, i + 1, ttl);
}

/** APPEND key value: the new length. */
export function readAppend(outcome: Outcome, reply: unknown): void {
  if (isScalar(reply)) writeValue(outcome, 0, 1, KEPT);
}

/** SETRANGE key offset value: the new length; 0 where an empty value met a missing key, which writes nothing. */
export function readSetrange(outcome: Outcome, reply: unknown): void {
  if (numeric(reply) > 0) writeValue(outcome, 0, 2, KEPT);
}

/** HSET and HMSET key field value ...: always writes. */
export function readHset(outcome: Outcome, reply: unknown): void {
  if (isScalar(reply)) writeFields(outcome, 1, KEPT);
}

/** HSETNX key field value: 1 where it wrote. */
export function readHsetnx(outcome: Outcome, reply: unknown): void {
  if (numeric(reply) === 1) writeValue(outcome, 0, 2, KEPT);
}

/** HSETEX key [FNX | FXX] [EX s | ... | KEEPTTL] FIELDS n field value ...: 1 where it wrote; the fields expire. */
export function readHsetex(outcome: Outcome, reply: unknown): void {
  if (numeric(reply) !== 1) return;
  const count = argumentCount(outcome);
  let fields = 1;
  while (fields < count && !isWord(argument(outcome, fields), 'FIELDS')) fields++;
  const ttl = expiryOption(outcome, 1) ?? KEPT;
  writeFields(outcome, fields + 2, ttl);
  tellExpiry(outcome, ttl);
}

/** Tells of the fields and values in turn from `from` on: one write of the key. */
function writeFields(outcome: Outcome, from: number, ttl: number): void {
  if (!outcome.wrote(argument(outcome, 0), ttl)) return;
  const count = argumentCount(outcome);
  let bytes = 0;
  for (let value = from + 1; value < count; value += 2) bytes += byteLength(argument(outcome, value));
  outcome.sized(bytes);
}

/** JSON.SET key path value [NX | XX], JSON.MERGE key path value: null where nothing was written. */
export function readJsonSet(outcome: Outcome, reply: unknown): void {
  if (isScalar(reply)) writeValue(outcome, 0, 2, KEPT);
}

/** JSON.MSET key path value ...: always writes. */
export function readJsonMset(outcome: Outcome, reply: unknown): void {
  if (!isScalar(reply)) return;
  const count = argumentCount(outcome);
  for (let i = 0; i + 2 < count; i += 3) writeValue(outcome, i, i + 2, KEPT);
}

/** INCR key and its kin: the new number. The key is there from now on; what is written is not a value of the caller's. */
export function readIncrement(outcome: Outcome, reply: unknown): void {
  if (isScalar(reply)) outcome.wrote(argument(outcome, 0), KEPT);
}

/** DEL key ..., HDEL key field ..., JSON.DEL key [path]: how many were deleted. */
export function readDeleted(outcome: Outcome, reply: unknown): void {
  const count = numeric(reply);
  if (count >= 0) outcome.deleted(count);
}
