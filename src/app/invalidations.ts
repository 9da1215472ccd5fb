import { randomUUID } from 'node:crypto';
import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import type { Shelf } from './shelf';
import type { RedisClient, Subscription } from './stores/redis-client';

/** Called with the keys that another process has changed; undefined: with any. */
type Forget = (keys: readonly string[] | undefined) => void;

/** Tells the other processes of a cache which keys were changed, over a channel of Redis, and hears it from them. */
export class Invalidations {
  private readonly id = randomUUID();
  private readonly channel: string;
  private subscription: Subscription | undefined;
  private begun: Promise<void> | undefined;
  private isClosed = false;
  private waitNoLonger: (() => void) | undefined;

  constructor(
    private readonly client: RedisClient,
    /** Of the level that the client is. */
    private readonly shelf: Shelf,
    cacheName: string,
  ) {
    this.channel = `cache:invalidations:${cacheName}`;
  }

  listen(forget: Forget): void {
    try {
      this.subscription = this.subscribe(forget);
      this.begun = this.beginning(this.subscription.begun);
    } catch (error) {
      this.failed(error);
    }
  }

  async publish(keys: readonly string[] | undefined): Promise<void> {
    const message = JSON.stringify({ from: this.id, keys });
    await this.shelf.ask(undefined, () => this.client.publish(this.channel, message));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.waitNoLonger?.();
    await this.subscription?.stop();
  }

  /** Resolves when other processes are heard. */
  async ready(): Promise<void> {
    await this.begun;
  }

  private subscribe(forget: Forget): Subscription {
    const hear = (message: string): void => this.heard(message, forget);
    // What was said while the connection was lost is not known.
    return this.client.subscribe(this.channel, hear, () => forget(undefined));
  }

  /** Clients that are closed while they connect may never tell how that ended. */
  private beginning(begun: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      this.waitNoLonger = resolve;
      begun.catch((error: unknown) => this.failed(error)).then(() => resolve(), resolve);
    });
  }

  private failed(error: unknown): void {
    if (!this.isClosed) diag.warn(`${SCOPE_NAME}: invalidations of other processes are not heard`, error);
  }

  private heard(message: string, forget: Forget): void {
    try {
      const { from, keys } = JSON.parse(message) as { from?: unknown; keys?: unknown };
      if (from === this.id) return;
      forget(Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : undefined);
    } catch {
      // It is not one of ours.
    }
  }
}
