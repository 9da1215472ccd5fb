import { isIP } from 'node:net';
import type { Host } from '../../adapter';
import { redisCommand } from '../../redis/commands';
import { replyErrorPrefix } from '../../redis/errors';
import { SelectedDatabase } from '../../redis/selected-database';
import { DB_SYSTEM_REDIS } from '../../semconv';
import type { Client as Described } from '../../telemetry/client';
import { type Endpoint, endpointOf, type Peer } from '../../telemetry/endpoint';
import type { Route } from '../../telemetry/statistics';
import type { Telemetry } from '../../telemetry/telemetry';
import { partOf } from './connections';
import type { Client, ClientOptions, ClusterOptions, Connection, SentinelOptions, SocketOptions } from './library';
import type { Wait } from './sending';
import type { Transactions } from './transactions';

const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26379;

/** Where commands go: what a client, a cluster or Sentinel was configured with. */
interface Destination {
  readonly endpoint: Endpoint;
  readonly ownName: string | undefined;
}

/** What is known of one client, cluster or Sentinel. */
export interface Known {
  readonly destination: Destination;
  readonly selected: SelectedDatabase;
  /** What the client itself selects when it has connected again. */
  ownDatabase: number;
  followsReconnects: boolean;
  /** What its commands wait for while it is not connected. */
  wait: Wait | undefined;
  /** Those that were begun by MULTI as a command of its own; undefined: there are none. */
  transactions: Transactions | undefined;
  /** What `described` was made for. */
  settings: Telemetry['settings'] | undefined;
  describedDatabase: number;
  described: Described | undefined;
}

const known = new WeakMap<object, Known>();

export function knownClient(client: Client): Known {
  const self = client._self ?? client;
  return known.get(self) ?? remember(self, clientDestination(self.options ?? {}), self.options?.database ?? 0);
}

/** Its clients are configured alike, and may not be there yet. */
export function knownPool(pool: object, options: ClientOptions): Known {
  const database = options.database ?? urlDatabase(options.url);
  return known.get(pool) ?? remember(pool, clientDestination(options), database);
}

export function knownCluster(cluster: object, options: ClusterOptions): Known {
  return known.get(cluster) ?? remember(cluster, clusterDestination(options), 0);
}

export function knownSentinel(sentinel: object, options: SentinelOptions): Known {
  const { nodeClientOptions } = options;
  return known.get(sentinel) ?? remember(sentinel, sentinelDestination(options), nodeClientOptions?.database ?? 0);
}

function remember(instance: object, destination: Destination, database: number): Known {
  const facts: Known = {
    destination,
    selected: new SelectedDatabase(database),
    ownDatabase: database,
    followsReconnects: false,
    wait: undefined,
    transactions: undefined,
    settings: undefined,
    describedDatabase: database,
    described: undefined,
  };
  known.set(instance, facts);
  return facts;
}

/** The description of a client for the database that it uses now. */
export function describe(facts: Known, telemetry: Telemetry, host: Host): Described {
  const { described } = facts;
  const database = facts.selected.current;
  if (described !== undefined && facts.describedDatabase === database && facts.settings === telemetry.settings) {
    return described;
  }
  facts.settings = telemetry.settings;
  facts.describedDatabase = database;
  return (facts.described = {
    name: host.client,
    moduleVersion: host.moduleVersion,
    telemetry,
    route: routeTo(facts, database, telemetry),
    peer: peerOf,
    statusCodeOf: replyErrorPrefix,
  });
}

/** The way of what a client sends once it has selected a database. */
export function routeTo({ destination }: Known, database: number, telemetry: Telemetry): Route {
  const { endpoint, ownName } = destination;
  const target = { system: DB_SYSTEM_REDIS, endpoint, namespace: String(database) };
  return telemetry.route(target, ownName, redisCommand);
}

/** Whether commands are written at once. */
export function isReady(client: Client): boolean {
  return client.isReady ?? partOf<Connection>(client)?.isReady ?? true;
}

function clientDestination({ url, socket, name }: ClientOptions): Destination {
  return { endpoint: (url === undefined ? undefined : urlEndpoint(url)) ?? socketEndpoint(socket), ownName: name };
}

function clusterDestination({ rootNodes, defaults }: ClusterOptions): Destination {
  const endpoints = rootNodes.map((node) => {
    const { url, socket } = node;
    return (url === undefined ? undefined : urlEndpoint(url)) ?? socketEndpoint({ ...defaults?.socket, ...socket });
  });
  return { endpoint: endpointOf(endpoints), ownName: defaults?.name };
}

/** The name of the client's connections, else that of the master. */
function sentinelDestination({ sentinelRootNodes, name, nodeClientOptions }: SentinelOptions): Destination {
  const endpoints = sentinelRootNodes.map((node) => socketEndpoint(node, DEFAULT_SENTINEL_PORT));
  return { endpoint: endpointOf(endpoints), ownName: nodeClientOptions?.name ?? name };
}

function socketEndpoint(socket: SocketOptions | undefined, defaultPort = DEFAULT_PORT): Endpoint {
  if (typeof socket?.path === 'string') return { address: socket.path };
  return { address: socket?.host || DEFAULT_HOST, port: Number(socket?.port) || defaultPort };
}

function urlEndpoint(url: string): Endpoint | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol === 'unix:') return { address: decodeURIComponent(pathname) };
  const address = hostname.replace(/^\[(.+)\]$/, '$1');
  return { address: address || DEFAULT_HOST, port: Number(port) || DEFAULT_PORT };
}

function urlDatabase(url: string | undefined): number {
  if (url === undefined || !URL.canParse(url)) return 0;
  return Number(new URL(url).pathname.slice(1)) || 0;
}

/** The node at the other end of a client's connection; before 5.12 only where the client was given an IP address. */
function peerOf(client: object): Peer | undefined {
  const connection = partOf<Connection>(client);
  if (connection?.host !== undefined) return peer(connection.host, connection.port);
  const socket = (client as Client).options?.socket;
  if (socket?.host === undefined || isIP(socket.host) === 0) return undefined;
  return peer(socket.host, Number(socket.port) || DEFAULT_PORT);
}

function peer(address: string, port: number | undefined): Peer {
  return port === undefined ? { address } : { address, port };
}
