/** Whether a reply says that the command waits for EXEC: before the client decodes it, or its text. */
export function isQueued(reply: unknown): boolean {
  if (typeof reply === 'string') return reply === 'QUEUED';
  return reply instanceof Uint8Array && reply.length === 6 && Buffer.from(reply).toString('latin1') === 'QUEUED';
}
