import type { Host } from '../../adapter';
import { memcachedCommand } from '../../memcached/commands';
import { DB_SYSTEM_MEMCACHED } from '../../semconv';
import type { Client } from '../../telemetry/client';
import { endpointOf, type Peer } from '../../telemetry/endpoint';
import type { Telemetry } from '../../telemetry/telemetry';
import type { MemjsClient, Server } from './library';

const clients = new WeakMap<MemjsClient, { readonly settings: Telemetry['settings']; readonly client: Client }>();

const owners = new WeakMap<Server, MemjsClient>();

/** The client of a server; undefined: it has not asked for a key yet. */
export function ownerOf(server: Server): MemjsClient | undefined {
  return owners.get(server);
}

export function clientOf(instance: MemjsClient, telemetry: Telemetry, host: Host): Client {
  const { settings } = telemetry;
  const known = clients.get(instance);
  if (known?.settings === settings) return known.client;
  const servers = instance.servers.map(({ host: address, port }) => ({ address, port }));
  const target = { system: DB_SYSTEM_MEMCACHED, endpoint: endpointOf(servers) };
  const route = telemetry.route(target, undefined, memcachedCommand);
  const client = { name: host.client, moduleVersion: host.moduleVersion, telemetry, route, peer: peerOf };
  clients.set(instance, { settings, client });
  for (const server of instance.servers) owners.set(server, instance);
  return client;
}

/** The address that a server is connected at, else the one that it was configured by. */
function peerOf(connection: object): Peer {
  const { host, port, _socket: socket } = connection as Server;
  return { address: socket?.remoteAddress ?? host, port: socket?.remotePort ?? port };
}
