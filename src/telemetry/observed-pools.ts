import type { Client } from './client';
import { now } from './clock';
import { hostPort } from './endpoint';
import { observedClient } from './observed-clients';
import type { Telemetry } from './telemetry';

/** How a pool stands now. */
export interface PoolState {
  readonly idle: number;
  readonly used: number;
  /** All connections, with those that are being made. */
  readonly size: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  /** The most connections that it may have; undefined: not known. */
  readonly limit: number | undefined;
}

/** Reads a pool's state. Undefined: it was closed, and has nothing any more. */
type ReadPool<T extends object> = (pool: T) => PoolState | undefined;

/** What a pool's library is patched for. */
interface Observing {
  readonly client: string;
  readonly telemetry: Telemetry | undefined;
}

const live = new Set<ObservedPool<never>>();
const collected = new FinalizationRegistry<ObservedPool<never>>((observed) => {
  live.delete(observed);
});

/** The pools of caches that are open now. */
export function* livePools(): Iterable<{ readonly name: string; readonly state: PoolState }> {
  for (const observed of live) {
    const { name } = observed;
    const state = name === undefined ? undefined : observed.state();
    if (name !== undefined && state !== undefined) yield { name, state };
  }
}

/** What is known of one pool. It does not keep the pool alive. */
export class ObservedPool<T extends object> {
  /** The cache's name; undefined: its connections are none of a cache, as far as is known yet. */
  name: string | undefined;
  /** Its connections are clients of a library that is observed. */
  holdsClients = false;
  private readonly pool: WeakRef<T>;

  constructor(
    pool: T,
    private readonly host: Observing,
    private readonly read: ReadPool<T>,
  ) {
    this.pool = new WeakRef(pool);
    live.add(this as never);
    collected.register(pool, this as never);
  }

  /** Undefined: the pool is closed or gone, or not observed now. */
  state(): PoolState | undefined {
    const pool = this.pool.deref();
    return pool && this.host.telemetry?.attempt(() => this.read(pool));
  }

  /** One of its connections is this client's. */
  learn(client: Client): void {
    this.name ??= client.route.cache.name;
    this.holdsClients = true;
  }

  /** It has made this connection, or was asked for it: is it one of a cache, or are all pools to be observed? */
  recognize(resource: unknown): void {
    if (this.name !== undefined) return;
    this.host.telemetry?.attempt(() => {
      const client = observedClient(resource);
      if (client !== undefined) this.learn(client);
      else if (this.isAskedFor()) this.name = addressOf(resource) ?? this.host.client;
    });
  }

  /** Whether pools of whatever connections were asked for. */
  private isAskedFor(): boolean {
    return this.host.telemetry?.settings.clients.includes(this.host.client) === true;
  }

  /** @param since as the clock's {@link now} tells it */
  waited(since: number): void {
    if (this.name !== undefined) this.host.telemetry?.connections.waited(this.name, now() - since);
  }

  /** @param since as the clock's {@link now} tells it */
  used(since: number): void {
    if (this.name !== undefined) this.host.telemetry?.connections.used(this.name, now() - since);
  }

  timedOut(): void {
    if (this.name !== undefined) this.host.telemetry?.connections.timedOut(this.name);
  }

  /** @param since as the clock's {@link now} tells it */
  created(since: number): void {
    if (this.name !== undefined) this.host.telemetry?.connections.created(this.name, now() - since);
  }

  /** @param since as the clock's {@link now} tells it */
  failed(since: number, error: unknown, statusCode: string | undefined): void {
    if (this.name === undefined && this.isAskedFor()) this.name = this.host.client;
    if (this.name !== undefined) this.host.telemetry?.connections.failed(this.name, now() - since, error, statusCode);
  }
}

/** Most clients of databases tell their server in one of these places. */
function addressOf(resource: unknown): string | undefined {
  if (typeof resource !== 'object' || resource === null) return undefined;
  const { options, config } = resource as { options?: unknown; config?: unknown };
  for (const place of [resource, options, config]) {
    const { host, port } = (place ?? {}) as { host?: unknown; port?: unknown };
    if (typeof host === 'string') return typeof port === 'number' ? hostPort({ address: host, port }) : host;
  }
  return undefined;
}
