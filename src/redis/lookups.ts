import type { Outcome } from '../telemetry/command';
import { argument, argumentCount, numeric } from './arguments';
import { byteLength, scalarLength } from './bytes';
import { expiryOption, tellExpiry } from './expiry';

const MISSED = -1;
const UNTOLD = -2;

/**
 * What a lookup was answered with: null is a miss, a value is a hit (the empty one too) of so many bytes. Anything else, such as
 * an error in the place of a value, tells nothing.
 */
function sizeOfAnswer(value: unknown): number {
  if (value === null || value === undefined) return MISSED;
  const length = scalarLength(value);
  if (length >= 0) return length;
  return Array.isArray(value) ? byteLength(value) : UNTOLD;
}

/** @returns whether it was a hit */
function lookUp(outcome: Outcome, key: unknown, value: unknown): boolean {
  const size = sizeOfAnswer(value);
  if (size < 0) {
    if (size === MISSED) outcome.lookup(key, false);
    return false;
  }
  if (outcome.lookup(key, true)) outcome.sized(size);
  return true;
}

/** GET, HGET, and GETRANGE and SUBSTR, which answer a missing key and an empty range alike: with an empty string. */
export function readValue(outcome: Outcome, reply: unknown): void {
  if (!Array.isArray(reply)) lookUp(outcome, argument(outcome, 0), reply);
}

/**
 * JSON.GET: null where the key is missing. A path that matches nothing in a document that is there answers `"[]"`, or
 * `[[]]` in RESP3 with FORMAT, where each path has an array of its own: a hit.
 */
export function readDocument(outcome: Outcome, reply: unknown): void {
  lookUp(outcome, argument(outcome, 0), reply);
}

/** GETEX key [EX seconds | ... | PERSIST]: the value; the expiry is set only where there is one. */
export function readGetex(outcome: Outcome, reply: unknown): void {
  if (Array.isArray(reply)) return;
  if (lookUp(outcome, argument(outcome, 0), reply)) tellExpiry(outcome, expiryOption(outcome, 1));
}

/** GETDEL key: the value, which is gone afterwards. */
export function readGetdel(outcome: Outcome, reply: unknown): void {
  if (Array.isArray(reply)) return;
  if (lookUp(outcome, argument(outcome, 0), reply)) outcome.deleted(1);
}

/** MGET key ...: one value per key. */
export function readValues(outcome: Outcome, reply: unknown): void {
  lookUpEach(outcome, argumentCount(outcome), reply);
}

/** JSON.MGET key ... path: one document per key; null where the key or the path is missing. */
export function readDocuments(outcome: Outcome, reply: unknown): void {
  lookUpEach(outcome, argumentCount(outcome) - 1, reply);
}

function lookUpEach(outcome: Outcome, keys: number, reply: unknown): void {
  if (Array.isArray(reply) && reply.length === keys) outcome.lookUpEach(reply, sizeOfAnswer);
}

/** HMGET key field ...: one value per field, all of the same key. */
export function readFields(outcome: Outcome, reply: unknown): void {
  lookUpFields(outcome, reply);
}

/** HGETEX key [EX seconds | ... | PERSIST] FIELDS n field ...: as HMGET; the expiry is set on the fields that exist. */
export function readHgetex(outcome: Outcome, reply: unknown): void {
  if (lookUpFields(outcome, reply) > 0) tellExpiry(outcome, expiryOption(outcome, 1));
}

/** HGETDEL key FIELDS n field ...: as HMGET; the fields that exist are gone afterwards. */
export function readHgetdel(outcome: Outcome, reply: unknown): void {
  if (Array.isArray(reply)) outcome.deleted(lookUpFields(outcome, reply));
}

/** @returns the number of hits */
function lookUpFields(outcome: Outcome, reply: unknown): number {
  if (!Array.isArray(reply)) return 0;
  const key = argument(outcome, 0);
  let hits = 0;
  for (let i = 0; i < reply.length; i++) {
    if (lookUp(outcome, key, reply[i])) hits++;
  }
  return hits;
}

/**
 * HGETALL key: fields and values in turn in RESP2; in RESP3 a map, which clients hand on as an object, a Map, or the flat
 * array again. An empty hash does not exist in Redis, so that an empty reply is a miss. Only values add bytes.
 */
export function readHash(outcome: Outcome, reply: unknown): void {
  const key = argument(outcome, 0);
  if (reply === null || reply === undefined) {
    outcome.lookup(key, false);
    return;
  }
  let fields = 0;
  let bytes = 0;
  if (Array.isArray(reply)) {
    for (let i = 1; i < reply.length; i += 2, fields++) bytes += byteLength(reply[i]);
  } else if (reply instanceof Map) {
    for (const value of reply.values()) {
      bytes += byteLength(value);
      fields++;
    }
  } else if (isPlainObject(reply)) {
    for (const field in reply) {
      bytes += byteLength(reply[field]);
      fields++;
    }
  } else return;
  if (outcome.lookup(key, fields > 0) && fields > 0) outcome.sized(bytes);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** HEXISTS key field: 1 or 0. */
export function readHexists(outcome: Outcome, reply: unknown): void {
  const found = numeric(reply);
  if (found === 1 || found === 0) outcome.lookup(argument(outcome, 0), found === 1);
}

/**
 * EXISTS key ...: how many of the keys exist, not which. Hits and misses are exact in their number; where some exist and
 * some do not, the first keys are taken for those that do.
 */
export function readExists(outcome: Outcome, reply: unknown): void {
  const found = numeric(reply);
  const keys = argumentCount(outcome);
  if (!(found >= 0 && found <= keys)) return;
  for (let i = 0; i < keys; i++) outcome.lookup(argument(outcome, i), i < found);
}
