import type { Host } from '../../adapter';
import type { Selection } from '../../redis/selected-database';
import type { Known } from './clients';
import type { Client, Selectable } from './library';

/** The application calls the client's own method at this moment: the client will select that database again when it has reconnected. */
let isOwnMethod = false;

export function patchSelect(prototype: Selectable, host: Host): void {
  host.wrap(prototype, 'SELECT', (original) => {
    return function SELECT(this: Selectable, ...parameters: unknown[]): unknown {
      const before = isOwnMethod;
      isOwnMethod = true;
      try {
        return original.apply(this, parameters);
      } finally {
        isOwnMethod = before;
      }
    };
  });
}

export function selectsByOwnMethod(): boolean {
  return isOwnMethod;
}

/** A client asks for a database. */
export function select(client: Client, facts: Known, database: number): Selection {
  if (!facts.followsReconnects) followReconnects(client, facts);
  return facts.selected.select(database);
}

/** What the client does not know of (raw commands, RESET) is lost with the connection. */
function followReconnects(client: Client, facts: Known): void {
  facts.followsReconnects = true;
  const lost = (): void => {
    facts.selected.reconnect(facts.ownDatabase);
  };
  client.on('reconnecting', lost);
  client.on('end', lost);
}
