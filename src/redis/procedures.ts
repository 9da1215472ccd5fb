import type { Command } from '../telemetry/command';
import { text } from './arguments';

type Procedure = NonNullable<Command['procedure']>;

const SHA1_LENGTH = 40;

/** EVALSHA sha1 ...: anything but a digest is not shown, as it may be a script in the wrong place. */
const digest: Procedure = (args, offset) => {
  const sha1 = text(args[offset]);
  return sha1 !== undefined && isSha1(sha1) ? sha1 : undefined;
};

/** FCALL function ... */
const functionName: Procedure = (args, offset) => text(args[offset]);

function isSha1(value: string): boolean {
  if (value.length !== SHA1_LENGTH) return false;
  for (let i = 0; i < SHA1_LENGTH; i++) {
    const code = value.charCodeAt(i);
    const isDigit = code >= 0x30 && code <= 0x39;
    const letter = code | 0x20;
    if (!isDigit && !(letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}

/** How the name of the script or function is read. EVAL has none: its script is never shown. */
export const PROCEDURES: ReadonlyMap<string, Procedure> = new Map([
  ['EVALSHA', digest],
  ['EVALSHA_RO', digest],
  ['FCALL', functionName],
  ['FCALL_RO', functionName],
]);
