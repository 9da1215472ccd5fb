import { subscribe } from 'node:diagnostics_channel';

/** Channels on which client libraries tell of their commands, also where a bundler has removed their modules. */
const CHANNELS: Readonly<Record<string, string>> = {
  'tracing:ioredis:command:start': 'ioredis',
  'tracing:node-redis:command:start': 'redis',
};

/**
 * Listens for clients that run. Only for the self-report: a listener makes the client prepare what it tells.
 * @returns the clients that have run so far
 */
export function countBundled(): () => readonly string[] {
  const running = new Set<string>();
  for (const [channel, client] of Object.entries(CHANNELS)) subscribe(channel, () => running.add(client));
  return () => [...running];
}
