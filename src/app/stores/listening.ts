import type { RedisClient, Subscription } from './redis-client';

type Subscribe = RedisClient['subscribe'];

/** By what events a client tells that it is open, and that it is closed. */
interface OpenEvents {
  readonly opened: string;
  readonly closed: string;
}

interface Openable {
  on(event: string, listener: () => void): unknown;
}

interface Watcher {
  opened(): Promise<void>;
  closed(): Promise<void>;
}

const watchersOf = new WeakMap<Openable, Set<Watcher>>();

/**
 * How to listen as long as a client is open, and again when it is opened again.
 * @param subscribe begins to listen
 */
export function whileOpen(client: Openable, events: OpenEvents, subscribe: Subscribe): Subscribe {
  return (channel, onMessage, onReturn) =>
    keepOpen(client, events, () => subscribe(channel, onMessage, onReturn), onReturn);
}

function keepOpen(client: Openable, events: OpenEvents, start: () => Subscription, onReturn: () => void): Subscription {
  let current: Subscription | undefined = start();
  const { begun } = current;
  const watcher = {
    opened: async (): Promise<void> => {
      if (current !== undefined) return;
      current = start();
      await current.begun;
      onReturn();
    },
    closed: async (): Promise<void> => {
      const before = current;
      current = undefined;
      await before?.stop();
    },
  };
  const watchers = watchersOf.get(client) ?? watch(client, events);
  watchers.add(watcher);
  const stop = (): Promise<void> => {
    watchers.delete(watcher);
    return watcher.closed();
  };
  return { begun, stop };
}

/** One listener for all: Node warns of more than ten, and an application may well have as many caches. */
function watch(client: Openable, { opened, closed }: OpenEvents): Set<Watcher> {
  const watchers = new Set<Watcher>();
  watchersOf.set(client, watchers);
  client.on(opened, () => {
    for (const watcher of [...watchers]) watcher.opened().catch(() => undefined);
  });
  client.on(closed, () => {
    for (const watcher of [...watchers]) watcher.closed().catch(() => undefined);
  });
  return watchers;
}

/** What a client listens over, such as a connection of a cluster to one of its nodes. */
export interface Connection {
  on(event: 'ready' | 'end', listener: () => void): unknown;
}

/**
 * Listens, and asks again whenever the connection comes back or ends: it may be ready before it listens, and a cluster takes another
 * without telling.
 * @param ask asks for what is to be heard; resolves, when the server has answered, with the connection that it comes over
 * @param onReturn it listens again
 * @returns resolves when it listens
 */
export async function keepListening(
  ask: () => Promise<Connection | undefined>,
  onReturn: () => void,
  isStopped: () => boolean,
): Promise<void> {
  let connection: Connection | undefined;
  const listen = async (): Promise<void> => {
    const now = await ask();
    if (now === connection) return;
    connection = now;
    now?.on('ready', again);
    now?.on('end', again);
  };
  const again = (): void => {
    if (!isStopped()) listen().then(onReturn, () => undefined);
  };
  await listen();
}
