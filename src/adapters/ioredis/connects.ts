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
  error: unknown;
}

const attempts = new WeakMap<Redis, Attempt>();
const nodePools = new WeakMap<Redis, NodePool>();
const clusters = new WeakMap<NodePool, WeakRef<Cluster>>();

/** How the connections that a cluster makes to look after itself are called. */
const OWN_CONNECTION = /^ioredis-cluster\(/;

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
  if (status === 'ready') attempt.connect.succeeded();
  else if (status !== 'close' && status !== 'end') return;
  else if (redis.manuallyClosing === true) attempt.connect.aborted();
  else attempt.connect.failed(attempt.error ?? new ConnectionClosed(), replyErrorPrefix(attempt.error));
  attempts.delete(redis);
}

class ConnectionClosed extends Error {}

function begin(redis: Redis, host: Host): void {
  const { telemetry } = host;
  const client = telemetry && cacheOf(redis, telemetry, host);
  if (client === undefined) return;
  attempts.set(redis, { connect: new Connect(client, telemetry!), error: undefined });
}

/** The nodes of a cluster count as the cluster: where it has found them is of no interest. */
function cacheOf(redis: Redis, telemetry: Telemetry, host: Host): Client | undefined {
  if (asksSentinel || OWN_CONNECTION.test(redis.options.connectionName ?? '')) return undefined;
  const pool = nodePools.get(redis);
  const owner = pool === undefined ? redis : clusters.get(pool)?.deref();
  return owner && knownOf(owner, telemetry, host).client;
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
