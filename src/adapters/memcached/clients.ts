import type { Host } from '../../adapter';
import { memcachedCommand } from '../../memcached/commands';
import { DB_SYSTEM_MEMCACHED } from '../../semconv';
import type { Client } from '../../telemetry/client';
import { type Endpoint, endpointOf, type Peer } from '../../telemetry/endpoint';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Memcached, Socket } from './library';

const DEFAULT_PORT = 11211;

const clients = new WeakMap<Memcached, { readonly settings: Telemetry['settings']; readonly client: Client }>();

/** What is known of an instance; `namespace`, the only option like a name, is a prefix of its keys. */
export function clientOf(instance: Memcached, telemetry: Telemetry, host: Host): Client {
  const { settings } = telemetry;
  const known = clients.get(instance);
  if (known?.settings === settings) return known.client;
  const target = { system: DB_SYSTEM_MEMCACHED, endpoint: endpointOf(instance.servers.map(configured)) };
  const route = telemetry.route(target, undefined, memcachedCommand);
  const client = { name: host.client, moduleVersion: host.moduleVersion, telemetry, route, peer: peerOf };
  clients.set(instance, { settings, client });
  return client;
}

function configured(server: string): Endpoint {
  if (server.startsWith('/')) return { address: server };
  const [, address = server, port] = /^(.+):(\d+)$/.exec(server) ?? [];
  return { address, port: Number(port ?? DEFAULT_PORT) };
}

/** The address that a socket is connected to, else the one that its server was configured by. */
function peerOf(connection: object): Peer {
  const { remoteAddress: address, remotePort: port, serverAddress } = connection as Socket;
  return address === undefined || port === undefined ? configured(serverAddress) : { address, port };
}
