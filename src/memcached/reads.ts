import type { Outcome } from '../telemetry/command';
import { secondsUntil } from './expiry';
import type { Reply } from './reply';

/** A time to live that can't be told: the write leaves the old expiry as it is. */
const KEPT = NaN;

/** GET key ...: a miss is a key without a value. */
export function readValues(outcome: Outcome, reply: unknown): void {
  const { done, bytes, found } = reply as Reply;
  const { args, offset } = outcome;
  if (found === undefined) {
    if (outcome.lookup(args[offset], done) && done) outcome.sized(bytes);
    return;
  }
  let sum = -1;
  for (let i = offset; i < args.length; i++) {
    const size = found.get(args[i]);
    if (outcome.lookup(args[i], size !== undefined) && size !== undefined) sum = Math.max(0, sum) + size;
  }
  if (sum >= 0) outcome.sized(sum);
}

/** SET key value expiry, and its kin: a condition that was not met has written nothing. */
export function readStored(outcome: Outcome, reply: unknown): void {
  const { done, bytes } = reply as Reply;
  if (!done) return;
  const ttl = secondsUntil(outcome.args[outcome.offset + 2]);
  if (outcome.wrote(outcome.args[outcome.offset], ttl)) outcome.sized(bytes);
  tellExpiry(outcome, ttl);
}

/** APPEND key value, PREPEND key value. */
export function readExtended(outcome: Outcome, reply: unknown): void {
  const { done, bytes } = reply as Reply;
  if (!done) return;
  if (outcome.wrote(outcome.args[outcome.offset], KEPT)) outcome.sized(bytes);
}

/** INCR key amount, DECR key amount: an expiry in the request holds only where the key was not there yet. */
export function readCounted(outcome: Outcome, reply: unknown): void {
  if ((reply as Reply).done) outcome.wrote(outcome.args[outcome.offset], KEPT);
}

/** TOUCH key expiry. */
export function readTouched(outcome: Outcome, reply: unknown): void {
  if ((reply as Reply).done) tellExpiry(outcome, secondsUntil(outcome.args[outcome.offset + 1]));
}

/** DELETE key. */
export function readDeleted(outcome: Outcome, reply: unknown): void {
  outcome.deleted((reply as Reply).done ? 1 : 0);
}

function tellExpiry(outcome: Outcome, seconds: number | undefined): void {
  if (seconds !== undefined && !Number.isNaN(seconds)) outcome.expires(seconds);
}
