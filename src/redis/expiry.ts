import type { Command, Outcome } from '../telemetry/command';
import { argument, argumentCount, isWord, numeric } from './arguments';

type Read = NonNullable<Command['read']>;

/** Turns the number in a command into seconds from now: never negative, NaN where it is no number. */
export type ToSeconds = (value: unknown) => number;

export const inSeconds: ToSeconds = (value) => Math.max(0, numeric(value));
export const inMilliseconds: ToSeconds = (value) => Math.max(0, numeric(value) / 1000);
export const atSecond: ToSeconds = (value) => Math.max(0, numeric(value) - Date.now() / 1000);
export const atMillisecond: ToSeconds = (value) => Math.max(0, (numeric(value) - Date.now()) / 1000);

/**
 * Seconds from now that an option (`EX`, `PX`, `EXAT`, `PXAT`) and the value after it say; undefined where the option is
 * none of these.
 */
export function secondsOf(option: unknown, value: unknown): number | undefined {
  if (isWord(option, 'EX')) return inSeconds(value);
  if (isWord(option, 'PX')) return inMilliseconds(value);
  if (isWord(option, 'EXAT')) return atSecond(value);
  if (isWord(option, 'PXAT')) return atMillisecond(value);
  return undefined;
}

/**
 * Seconds from now of the first expiry option among the arguments from `from` on; NaN for `KEEPTTL`, undefined where
 * there is none. Ends at `FIELDS`: what follows is the application's own text.
 */
export function expiryOption(outcome: Outcome, from: number): number | undefined {
  const count = argumentCount(outcome);
  for (let i = from; i < count; i++) {
    const option = argument(outcome, i);
    if (isWord(option, 'FIELDS')) return undefined;
    if (isWord(option, 'KEEPTTL')) return NaN;
    const seconds = secondsOf(option, argument(outcome, i + 1));
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}

/** Tells the outcome of an expiry, if one was set and it can be told. */
export function tellExpiry(outcome: Outcome, seconds: number | undefined): void {
  if (seconds !== undefined && !Number.isNaN(seconds)) outcome.expires(seconds);
}

/** EXPIRE key seconds, and its kin: 1 where the expiry was set. */
export function expire(toSeconds: ToSeconds): Read {
  return (outcome, reply) => {
    if (numeric(reply) === 1) tellExpiry(outcome, toSeconds(argument(outcome, 1)));
  };
}

/** HEXPIRE key seconds [condition] FIELDS n field ..., and its kin: per field 1 where the expiry was set. */
export function expireFields(toSeconds: ToSeconds): Read {
  return (outcome, reply) => {
    if (!Array.isArray(reply)) return;
    for (let i = 0; i < reply.length; i++) {
      if (numeric(reply[i]) === 1) return tellExpiry(outcome, toSeconds(argument(outcome, 1)));
    }
  };
}
