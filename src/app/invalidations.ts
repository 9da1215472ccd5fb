import { randomUUID } from 'node:crypto';
import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import type { RedisClient } from './stores/redis-client';

/** Called with the keys that another process has changed; undefined: with any. */
type Forget = (keys: readonly string[] | undefined) => void;

/** Tells the other processes of a cache which keys were changed, over a channel of Redis, and hears it from them. */
export class Invalidations {
  private readonly id = randomUUID();
  private readonly channel: string;
  private subscription: Promise<(() => unknown) | undefined> | undefined;

  constructor(
    private readonly client: RedisClient,
    cacheName: string,
  ) {
    this.channel = `cache:invalidations:${cacheName}`;
  }

  listen(forget: Forget): void {
    this.subscription = this.subscribe(forget);
  }

  async publish(keys: readonly string[] | undefined): Promise<void> {
    await this.client.publish(this.channel, JSON.stringify({ from: this.id, keys }));
  }

  async close(): Promise<void> {
    const stop = await this.subscription;
    await stop?.();
  }

  /** Resolves when other processes are heard. */
  async ready(): Promise<void> {
    await this.subscription;
  }

  private async subscribe(forget: Forget): Promise<(() => unknown) | undefined> {
    let isFirst = true;
    const ready = (): void => {
      // What was said while the connection was lost is not known.
      if (!isFirst) forget(undefined);
      isFirst = false;
    };
    try {
      return await this.client.subscribe(
        this.channel,
        (message) => {
          this.heard(message, forget);
        },
        ready,
      );
    } catch (error) {
      diag.warn(`${SCOPE_NAME}: invalidations of other processes are not heard`, error);
      return undefined;
    }
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
