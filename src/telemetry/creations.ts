import { AsyncLocalStorage } from 'node:async_hooks';
import type { Client } from './client';
import { now } from './clock';
import type { ObservedPool } from './observed-pools';
import type { Telemetry } from './telemetry';

const creations = new AsyncLocalStorage<Creation>();

interface Cause {
  readonly error: unknown;
  /** The server's own. */
  readonly statusCode: string | undefined;
}

/**
 * A pool makes a connection. What the factory of a pool does is the application's: the client that it makes may connect before it is
 * handed over, later, or again. Each connection is to count once, so the pool measures what connected within the creation,
 * and the client whatever connects after its end.
 */
export class Creation {
  private readonly since = now();
  private ended = false;
  private told = false;
  private cause: Cause | undefined;
  private begun = 0;
  private open = 0;

  constructor(private readonly pool: ObservedPool<never>) {}

  /** Runs what calls the pool's factory. */
  run<T>(call: () => T): T {
    return creations.run(this, call);
  }

  /** The creation that this happens in. */
  static current(): Creation | undefined {
    const creation = creations.getStore();
    return creation?.ended === false ? creation : undefined;
  }

  connects(client: Client): void {
    this.begun++;
    this.open++;
    this.pool.learn(client);
  }

  /**
   * @param cause why a client did not connect: it says more than what the factory makes of it
   * @returns whether the pool measures the connection
   */
  connected(cause?: Cause): boolean {
    this.open--;
    this.cause = cause;
    return !this.ended || this.told;
  }

  succeeded(): void {
    this.ended = true;
    if (this.open === 0 && (this.begun > 0 || !this.pool.holdsClients)) this.pool.created(this.since);
  }

  failed(error: unknown): void {
    this.ended = this.told = true;
    const { error: shown, statusCode } = this.cause ?? { error, statusCode: undefined };
    this.pool.failed(this.since, shown, statusCode);
  }
}

/** One attempt of a client to connect. */
export class Connect {
  private readonly since = now();
  private readonly creation: Creation | undefined;

  /** @param isOlder the client was there before the creation that this happens in: that only happens to use it */
  constructor(
    private readonly client: Client,
    private readonly telemetry: Telemetry,
    isOlder = false,
  ) {
    this.creation = isOlder ? undefined : Creation.current();
    this.creation?.connects(client);
  }

  succeeded(): void {
    if (this.creation?.connected() !== true) this.telemetry.connections.created(this.name, now() - this.since);
  }

  /** @param statusCode the server's own, where it was the server that refused */
  failed(error: unknown, statusCode?: string): void {
    if (this.creation?.connected({ error, statusCode }) === true) return;
    this.telemetry.connections.failed(this.name, now() - this.since, error, statusCode);
  }

  /** It was called off. */
  aborted(): void {
    this.creation?.connected();
  }

  private get name(): string {
    return this.client.route.cache.name;
  }
}
