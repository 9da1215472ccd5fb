import type { ClientName } from '../types';
import type { Peer } from './endpoint';
import type { Route } from './statistics';
import type { Telemetry } from './telemetry';

/** What is the same for every operation of one client instance (and database index): made once by its adapter. */
export interface Client {
  readonly name: ClientName;
  readonly moduleVersion: string | undefined;
  /** Of which {@link route} is one. */
  readonly telemetry: Telemetry;
  readonly route: Route;
  /** The node at the other end of what an operation was sent on; asked only when a span is made. */
  peer(connection: object): Peer | undefined;
  /** The server's own code, where the server answered with the error. Absent: the adapter tells it with each failure. */
  statusCodeOf?(error: unknown): string | undefined;
}
