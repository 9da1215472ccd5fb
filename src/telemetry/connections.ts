import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  ATTR_DB_CLIENT_CONNECTION_STATE,
  ATTR_ERROR_TYPE,
  CONNECTION_STATE_IDLE,
  CONNECTION_STATE_USED,
} from '../semconv';
import { DURATION_BOUNDS, Histogram, LATENCY_BOUNDS } from './histogram';
import { livePools, type PoolState } from './observed-pools';

/** Pools that are told apart; the rest counts as one. Only a pool per request, each with a server of its own, could make so many. */
const MOST_POOLS = 1000;
/** Distinct failures of one pool that are told apart; the rest is `_OTHER`. */
const MOST_FAILURES = 30;

/** How long it took until connections of one pool were there, or had failed in one way, in seconds. */
export class CreationRow {
  readonly histogram = new Histogram(DURATION_BOUNDS);
  constructor(readonly attributes: Attributes) {}
}

/** What is counted and measured of one pool by its name, or of a cache's clients that are in none. */
export class ConnectionRow {
  timeouts = 0;
  /** In seconds. */
  readonly waitTimes = new Histogram(DURATION_BOUNDS);
  /** In seconds. */
  readonly useTimes = new Histogram(DURATION_BOUNDS);
  /** The wait in milliseconds, for its older name. */
  readonly acquireTimes = new Histogram(LATENCY_BOUNDS);
  readonly attributes: Attributes;
  readonly idle: Attributes;
  readonly used: Attributes;
  private readonly succeeded: CreationRow;
  private readonly failures = new Map<string, CreationRow>();

  constructor(name: string) {
    this.attributes = { [ATTR_DB_CLIENT_CONNECTION_POOL_NAME]: name };
    this.idle = { ...this.attributes, [ATTR_DB_CLIENT_CONNECTION_STATE]: CONNECTION_STATE_IDLE };
    this.used = { ...this.attributes, [ATTR_DB_CLIENT_CONNECTION_STATE]: CONNECTION_STATE_USED };
    this.succeeded = new CreationRow(this.attributes);
  }

  /** @param failure its `error.type`; undefined: it succeeded */
  creations(failure: string | undefined): CreationRow {
    if (failure === undefined) return this.succeeded;
    const type = this.failures.has(failure) || this.failures.size < MOST_FAILURES ? failure : '_OTHER';
    let row = this.failures.get(type);
    if (row === undefined) {
      row = new CreationRow({ ...this.attributes, [ATTR_ERROR_TYPE]: type });
      this.failures.set(type, row);
    }
    return row;
  }

  *creationRows(): Iterable<CreationRow> {
    yield this.succeeded;
    yield* this.failures.values();
  }
}

/** The table of pools and connections, by the pool's name. */
export class Connections {
  private readonly byName = new Map<string, ConnectionRow>();

  named(name: string): ConnectionRow {
    const shown = this.byName.has(name) || this.byName.size < MOST_POOLS ? name : 'other';
    let row = this.byName.get(shown);
    if (row === undefined) this.byName.set(shown, (row = new ConnectionRow(shown)));
    return row;
  }

  rows(): Iterable<ConnectionRow> {
    return this.byName.values();
  }

  /** How the pools stand now: those of one name taken together, for an attribute set can be told but once. */
  states(): Iterable<[ConnectionRow, PoolState]> {
    const states = new Map<ConnectionRow, PoolState>();
    for (const { name, state } of livePools()) {
      const row = this.named(name);
      const before = states.get(row);
      states.set(row, before === undefined ? state : sum(before, state));
    }
    return states;
  }
}

function sum(one: PoolState, other: PoolState): PoolState {
  const limit = one.limit === undefined ? other.limit : one.limit + (other.limit ?? 0);
  return {
    idle: one.idle + other.idle,
    used: one.used + other.used,
    size: one.size + other.size,
    pending: one.pending + other.pending,
    limit,
  };
}
