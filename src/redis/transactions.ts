import { isNamed } from './names';

/** Members whose part in the answer is read; of others is known that there are so many. */
export const MOST_MEMBERS = 10_000;

/** What ends a transaction, for good or ill. */
const ENDS = ['exec', 'discard', 'reset', 'quit'];

export function endsTransaction(name: string): boolean {
  return ENDS.some((one) => isNamed(name, one));
}

/** Whether a reply says that the command waits for EXEC: before the client decodes it, or its text. */
export function isQueued(reply: unknown): boolean {
  if (typeof reply === 'string') return reply === 'QUEUED';
  return reply instanceof Uint8Array && reply.length === 6 && Buffer.from(reply).toString('latin1') === 'QUEUED';
}
