import type { ConnectionRow } from './connections';
import { failureType } from './errors';
import { ACQUIRE_TIME, CREATE_TIME, USE_TIME, WAIT_TIME } from './metrics/connection-metrics';
import type { MeterOutlet } from './metrics/meter-outlet';
import type { Statistics } from './statistics';

interface Owner {
  readonly statistics: Statistics;
  readonly settings: { readonly semconv: string };
  attempt(run: () => void): void;
}

/**
 * Measures connections: those of pools by the pool's name, others by the cache's. All durations are in milliseconds. Nothing
 * here throws.
 */
export class ConnectionMeter {
  constructor(
    private readonly owner: Owner,
    private readonly meters: MeterOutlet,
  ) {}

  created(name: string, milliseconds: number): void {
    this.creation(name, () => undefined, milliseconds);
  }

  /** @param statusCode the server's own, where it was the server that refused */
  failed(name: string, milliseconds: number, error: unknown, statusCode?: string): void {
    this.creation(name, () => failureType(error, statusCode), milliseconds);
  }

  /** A request got its connection after a time. */
  waited(name: string, milliseconds: number): void {
    this.owner.attempt(() => {
      const { waitTimes, acquireTimes, attributes } = this.row(name);
      this.meters.time(WAIT_TIME, waitTimes, attributes, milliseconds / 1000);
      if (this.owner.settings.semconv === 'stable') return;
      this.meters.time(ACQUIRE_TIME, acquireTimes, attributes, milliseconds);
    });
  }

  /** A connection was given back after a time. */
  used(name: string, milliseconds: number): void {
    this.owner.attempt(() => {
      const { useTimes, attributes } = this.row(name);
      this.meters.time(USE_TIME, useTimes, attributes, milliseconds / 1000);
    });
  }

  /** A request was given up. */
  timedOut(name: string): void {
    this.owner.attempt(() => {
      this.row(name).timeouts++;
    });
  }

  private creation(name: string, failure: () => string | undefined, milliseconds: number): void {
    this.owner.attempt(() => {
      const { histogram, attributes } = this.row(name).creations(failure());
      this.meters.time(CREATE_TIME, histogram, attributes, milliseconds / 1000);
    });
  }

  private row(name: string): ConnectionRow {
    return this.owner.statistics.connections.named(name);
  }
}
