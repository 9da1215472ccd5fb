import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import type { Client } from '../../telemetry/client';
import { Connect } from '../../telemetry/creations';
import { recognizeClients } from '../../telemetry/observed-clients';
import type { Telemetry } from '../../telemetry/telemetry';
import { knownOf } from './clients';
import type { Cluster, NodePool, Redis, SentinelConnector } from './library';

/** The attempt that an instance is making, and what it last heard of it. */
interface Attempt {
  readonly connect: Connect;
  /** It is none of the connections to the cache: only a failure counts. */
  readonly isHelper: boolean;
  error: unknown;
}

const attempts = new WeakMap<Redis, Attempt>();
const nodePools = new WeakMap<Redis, NodePool>();
const clusters = new WeakMap<NodePool, WeakRef<Cluster>>();

/** How the connections that a cluster makes to look after itself are called. */
const OWN_CONNECTION = /^ioredis-cluster\(/;

/** The cluster that asks a node where the others are, at this moment, and has no connections yet. */
let seeking: Cluster | undefined;

/** A connection to a sentinel is being made: it is none to the cache. */
let asksSentinel = false;

/**
 * How an instance fares, it tells through its status: `connect` gives a promise that belongs to the caller, and events would
 * be seen by the application.
 */
export function patchConnects(prototype: Redis, host: Host): void {
  recognizeClients(prototype, (redis) => host.telemetry && knownOf(redis, host.telemetry, host).client);
  host.wrap(prototype, 'setStatus', (original) => {
    return function setStatus(this: Redis, status: string, ...more: unknown[]): unknown {
      host.telemetry?.attempt(() => {
        follow(this, status, host);
      });
      return original.call(this, status, ...more) as unknown;
    };
  });
  host.wrap(prototype, 'silentEmit', (original) => {
    return function silentEmit(this: Redis, event: string, ...more: unknown[]): unknown {
      const attempt = event === 'error' ? attempts.get(this) : undefined;
      if (attempt !== undefined) attempt.error = more[0];
      return original.call(this, event, ...more) as unknown;
    };
  });
}

function follow(redis: Redis, status: string, host: Host): void {
  if (status === 'connecting') return begin(redis, host);
  const attempt = attempts.get(redis);
  if (attempt === undefined) return;
  if (status === 'ready') settleReady(attempt);
  else if (status !== 'close' && status !== 'end') return;
  else if (redis.manuallyClosing === true) attempt.connect.aborted();
  else attempt.connect.failed(attempt.error ?? new ConnectionClosed(), replyErrorPrefix(attempt.error));
  attempts.delete(redis);
}

function settleReady({ connect, isHelper }: Attempt): void {
  if (isHelper) connect.aborted();
  else connect.succeeded();
}

class ConnectionClosed extends Error {}

function begin(redis: Redis, host: Host): void {
  const { telemetry } = host;
  const isHelper = OWN_CONNECTION.test(redis.options.connectionName ?? '');
  const client = telemetry && cacheOf(redis, isHelper, telemetry, host);
  if (client === undefined) return;
  attempts.set(redis, { connect: new Connect(client, telemetry!), isHelper, error: undefined });
}

/** The nodes of a cluster count as the cluster: where it has found them is of no interest. */
function cacheOf(redis: Redis, isHelper: boolean, telemetry: Telemetry, host: Host): Client | undefined {
  if (asksSentinel) return undefined;
  const owner = isHelper ? seeking : ownerOf(redis);
  return owner && knownOf(owner, telemetry, host).client;
}

function ownerOf(redis: Redis): Redis | Cluster | undefined {
  const pool = nodePools.get(redis);
  return pool === undefined ? redis : clusters.get(pool)?.deref();
}

export function patchNodePool(prototype: NodePool, host: Host): void {
  host.wrap(prototype, 'findOrCreate', (original) => {
    return function findOrCreate(this: NodePool, ...parameters: unknown[]): Redis {
      const redis = original.apply(this, parameters) as Redis;
      nodePools.set(redis, this);
      return redis;
    };
  });
}

export function patchClusterConnects(prototype: Cluster, host: Host): void {
  host.wrap(prototype, 'connect', (original) => {
    return function connect(this: Cluster): unknown {
      if (this.connectionPool !== undefined) clusters.set(this.connectionPool, new WeakRef(this));
      return original.call(this) as unknown;
    };
  });
}

/** A cluster that finds none of its nodes fails here, before it has a connection of its own. */
export function patchClusterSearch(prototype: Cluster, host: Host): void {
  host.wrap(prototype, 'getInfoFromNode', (original) => {
    return function getInfoFromNode(this: Cluster, ...parameters: unknown[]): unknown {
      const outer = seeking;
      seeking = this.status === 'ready' ? undefined : this;
      try {
        return original.apply(this, parameters) as unknown;
      } finally {
        seeking = outer;
      }
    };
  });
}

export function patchSentinelConnector(prototype: SentinelConnector, host: Host): void {
  host.wrap(prototype, 'connectToSentinel', (original) => {
    return function connectToSentinel(this: SentinelConnector, ...parameters: unknown[]): unknown {
      asksSentinel = true;
      try {
        return original.apply(this, parameters) as unknown;
      } finally {
        asksSentinel = false;
      }
    };
  });
}
