import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import { Connect, Creation } from '../../telemetry/creations';
import { ConnectionClosed } from '../../telemetry/errors';
import { recognizeClients } from '../../telemetry/observed-clients';
import { knownOf } from './clients';
import type { Cluster, NodePool, Redis, SentinelConnector } from './library';

/** The attempt that an instance is making, and what it last heard of it. */
interface Attempt {
  readonly connect: Connect;
  /** It is none of the connections to the cache: only a failure counts, see {@link Search}. */
  readonly isHelper: boolean;
  error: unknown;
}

const attempts = new WeakMap<Redis, Attempt>();
const nodePools = new WeakMap<Redis, NodePool>();
const clusters = new WeakMap<NodePool, WeakRef<Cluster>>();

/** The creations that clients were made in, where they connect when they are first used; undefined: in none. */
const madeIn = new WeakMap<Redis | Cluster, Creation | undefined>();

/** How the connections that a cluster makes to look after itself are called. */
const OWN_CONNECTION = /^ioredis-cluster\(/;

/** A cluster asks a node where the others are, and has no connections yet. */
interface Search {
  readonly cluster: Cluster;
  /** What it asks by. */
  helper: Redis | undefined;
}

/** What is begun at this moment. */
let searching: Search | undefined;

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
  if (status === 'wait') madeIn.set(redis, Creation.current());
  const attempt = attempts.get(redis);
  if (attempt === undefined) return;
  if (status === 'ready') {
    if (attempt.isHelper) return;
    attempt.connect.succeeded();
  } else if (status !== 'close' && status !== 'end') return;
  else if (redis.manuallyClosing === true) attempt.connect.aborted();
  else attempt.connect.failed(attempt.error ?? new ConnectionClosed(), replyErrorPrefix(attempt.error));
  attempts.delete(redis);
}

class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';
}

function begin(redis: Redis, host: Host): void {
  const { telemetry } = host;
  const isHelper = OWN_CONNECTION.test(redis.options.connectionName ?? '');
  const owner = isHelper ? searching?.cluster : ownerOf(redis);
  if (asksSentinel || owner === undefined || telemetry === undefined) return;
  const { client } = knownOf(owner, telemetry, host);
  const isOlder = madeIn.has(owner) && madeIn.get(owner) !== Creation.current();
  attempts.set(redis, { connect: new Connect(client, telemetry, isOlder), isHelper, error: undefined });
  if (isHelper && searching !== undefined) searching.helper = redis;
}

/** The nodes of a cluster count as the cluster: where it has found them is of no interest. */
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
  host.wrap(prototype, 'setStatus', (original) => {
    return function setStatus(this: Cluster, status: string): unknown {
      if (status === 'wait' && host.telemetry !== undefined) madeIn.set(this, Creation.current());
      return original.call(this, status) as unknown;
    };
  });
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
    return function getInfoFromNode(this: Cluster, node: unknown, callback: Callback): unknown {
      const outer = searching;
      const search: Search | undefined = this.status === 'ready' ? undefined : { cluster: this, helper: undefined };
      searching = search;
      try {
        return original.call(this, node, search === undefined ? callback : ending(search, callback, host)) as unknown;
      } finally {
        searching = outer;
      }
    };
  });
}

type Callback = (error?: unknown) => unknown;

function ending(search: Search, callback: Callback, host: Host): Callback {
  return (error) => {
    host.telemetry?.attempt(() => {
      endSearch(search, error);
    });
    return callback(error);
  };
}

function endSearch({ cluster, helper }: Search, error: unknown): void {
  const attempt = helper && attempts.get(helper);
  if (helper === undefined || attempt === undefined) return;
  attempts.delete(helper);
  if (error === undefined || error === null || cluster.status !== 'connecting') attempt.connect.aborted();
  else attempt.connect.failed(isTimeout(error) ? new NoAnswer() : error, replyErrorPrefix(error));
}

/** How ioredis says that a node has not told within `slotsRefreshTimeout`. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout';
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
