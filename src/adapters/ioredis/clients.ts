import type { Host } from '../../adapter';
import { redisCommand } from '../../redis/commands';
import { replyErrorPrefix } from '../../redis/errors';
import { SelectedDatabase } from '../../redis/selected-database';
import { DB_SYSTEM_REDIS } from '../../semconv';
import type { Client } from '../../telemetry/client';
import { type Endpoint, endpointOf, type Peer } from '../../telemetry/endpoint';
import type { Route, Series } from '../../telemetry/statistics';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Cluster, Redis, RedisOptions, Scripts, Socket } from './library';
import type { Transaction } from './transactions';

const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 6379;

/** What is known of one Redis or Cluster instance. */
export interface Known {
  /** The settings that `client` was made under. */
  settings: Telemetry['settings'];
  /** What belongs to the connection that `selected` tells of: the client makes it anew for each. */
  condition: Redis['condition'];
  /** What the client itself believed when `client` was made; `FOLLOWED` since then, if `selected` has another database. */
  believed: number | undefined;
  selected: SelectedDatabase;
  client: Client;
  /** The transaction that was begun on its connection without a pipeline. */
  transaction: Transaction | undefined;
}

/** Equal to nothing that a client may believe. */
export const FOLLOWED = NaN;

const known = new WeakMap<object, Known>();

/** What is known of an instance, for the database index that it uses now. */
export function knownOf(instance: Redis | Cluster, telemetry: Telemetry, host: Host): Known {
  const facts = known.get(instance);
  if (facts === undefined) return learn(instance, telemetry, host);
  const { condition } = instance as Redis;
  return facts.condition === condition && facts.believed === condition?.select && facts.settings === telemetry.settings
    ? facts
    : learnAnew(instance, facts, telemetry, host);
}

function learn(instance: Redis | Cluster, telemetry: Telemetry, host: Host): Known {
  const { settings } = telemetry;
  const { condition } = instance as Redis;
  const selected = selectedBy(instance);
  const client = clientOf(instance, selected.current, telemetry, host);
  const facts: Known = { settings, condition, believed: condition?.select, selected, client, transaction: undefined };
  known.set(instance, facts);
  return facts;
}

function learnAnew(instance: Redis | Cluster, facts: Known, telemetry: Telemetry, host: Host): Known {
  const { settings } = telemetry;
  const { condition } = instance as Redis;
  const believed = condition?.select;
  const isFollowed = facts.believed === believed || Number.isNaN(facts.believed);
  // Otherwise this is another connection, or a SELECT was sent while nobody observed.
  const selected = condition === facts.condition && isFollowed ? facts.selected : selectedBy(instance);
  const client = clientOf(instance, selected.current, telemetry, host);
  return Object.assign(facts, { settings, condition, believed, selected, client });
}

/** The way of what is sent to an instance once it has selected a database. */
export function routeTo(instance: Redis | Cluster, database: number, telemetry: Telemetry, host: Host): Route {
  return clientOf(instance, database, telemetry, host).route;
}

/** Before it is ready, a connection uses the first database, and what waits is sent once the client has selected its own. */
function selectedBy(instance: Redis | Cluster): SelectedDatabase {
  if (isCluster(instance)) return new SelectedDatabase(0);
  const { condition, options, status } = instance;
  const database = condition?.select ?? options.db ?? 0;
  return new SelectedDatabase(database, status === 'ready' ? database : 0);
}

export function isCluster(instance: Redis | Cluster): instance is Cluster {
  return 'startupNodes' in instance;
}

function clientOf(instance: Redis | Cluster, database: number, telemetry: Telemetry, host: Host): Client {
  const target = { system: DB_SYSTEM_REDIS, endpoint: configuredEndpoint(instance), namespace: String(database) };
  return {
    name: host.client,
    moduleVersion: host.moduleVersion,
    telemetry,
    route: telemetry.route(target, ownName(instance), redisCommand),
    peer: peerOf,
    statusCodeOf: replyErrorPrefix,
  };
}

function configuredEndpoint(instance: Redis | Cluster): Endpoint {
  if (isCluster(instance)) return endpointOf((instance.startupNodes ?? []).map(startupNode));
  const { path, sentinels, host, port } = instance.options;
  if (typeof path === 'string' && path !== '') return { address: path };
  if (sentinels != null && sentinels.length > 0) return endpointOf(sentinels.map((one) => address(one, 26379)));
  return address({ ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) }, DEFAULT_PORT);
}

function startupNode(node: RedisOptions | string | number): Endpoint {
  if (typeof node === 'number') return { address: DEFAULT_HOST, port: node };
  if (typeof node === 'object') return address(node, DEFAULT_PORT);
  const text = node.includes('://') ? node : `redis://${node}`;
  if (!URL.canParse(text)) return { address: DEFAULT_HOST, port: DEFAULT_PORT };
  const { hostname, port } = new URL(text);
  return address({ host: hostname, port: Number(port) || DEFAULT_PORT }, DEFAULT_PORT);
}

function address({ host, port }: { host?: string; port?: number }, defaultPort: number): Endpoint {
  return { address: host || DEFAULT_HOST, port: Number(port) || defaultPort };
}

/** The `connectionName`, else the name of the master that Sentinel watches. */
function ownName(instance: Redis | Cluster): string | undefined {
  const options = isCluster(instance) ? instance.options.redisOptions : instance.options;
  const master = options?.sentinels != null ? options.name : undefined;
  return options?.connectionName || master || undefined;
}

const peers = new WeakMap<Socket, Peer>();

/** The node at the other end of a Redis instance's socket; remembered, for the socket forgets it when it closes. */
function peerOf(connection: object): Peer | undefined {
  const { stream } = connection as Redis;
  if (stream == null) return undefined;
  let peer = peers.get(stream);
  if (peer === undefined && stream.remoteAddress !== undefined) {
    const { remoteAddress, remotePort } = stream;
    peer = { address: remoteAddress, ...(remotePort === undefined ? {} : { port: remotePort }) };
    peers.set(stream, peer);
  }
  return peer;
}

const namesBySha = new WeakMap<Scripts, Map<string, string>>();

/** The name that `defineCommand` gave to the script that a command runs. */
export function procedureName(
  instance: Redis | Cluster,
  { procedure }: Series,
  args: readonly unknown[],
): string | undefined {
  return procedure === undefined ? undefined : scriptName(instance, args[0]);
}

/** Scripts are sent by their SHA-1. */
function scriptName(instance: Redis | Cluster, sha: unknown): string | undefined {
  const { scriptsSet } = instance;
  if (scriptsSet === undefined || typeof sha !== 'string') return undefined;
  const names = namesBySha.get(scriptsSet);
  const name = names?.get(sha);
  if (name !== undefined) return name;
  const fresh = new Map(Object.entries(scriptsSet).map(([defined, script]) => [script.sha ?? '', defined]));
  namesBySha.set(scriptsSet, fresh);
  return fresh.get(sha);
}
