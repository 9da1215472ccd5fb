import type { Host } from '../adapter';
import { now } from '../telemetry/clock';
import { Creation } from '../telemetry/creations';
import { ObservedPool, type PoolState } from '../telemetry/observed-pools';

/** What is read of generic-pool's own objects. */
export interface Pool {
  readonly size: number;
  readonly available: number;
  readonly borrowed: number;
  readonly pending: number;
  readonly max: number;
  readonly _draining: boolean;
  /** By the resource that is lent. */
  readonly _resourceLoans: ReadonlyMap<unknown, object>;
  readonly _factoryCreateOperations: object;
  readonly _allObjects: Iterable<{ readonly obj: unknown }>;
  acquire(priority?: unknown): unknown;
  release(resource: unknown): unknown;
  destroy(resource: unknown): unknown;
  _createResource(): unknown;
  _trackOperation(operation: Promise<unknown>, set: object): unknown;
}

export interface ResourceRequest {
  readonly state: string;
  readonly promise: Promise<unknown>;
  resolve(resource: unknown): unknown;
  reject(reason: unknown): unknown;
}

export interface RequestQueue {
  enqueue(request: ResourceRequest, priority?: unknown): unknown;
}

/** A request for a connection. */
interface Request {
  readonly pool: Pool;
  readonly observed: ObservedPool<Pool>;
  readonly since: number;
}

/** What is being created. */
interface Making {
  readonly pool: Pool;
  readonly observed: ObservedPool<Pool>;
  readonly creation: Creation;
}

const pools = new WeakMap<Pool, ObservedPool<Pool>>();
const requests = new WeakMap<ResourceRequest, Request>();
/** When each loan began. */
const loans = new WeakMap<object, number>();

/** The request that is made at this moment: a pool puts it into its queue, unless it refuses it at once. */
let requesting: Request | undefined;
/** What a factory is called for at this moment. */
let making: Making | undefined;

function observe(pool: Pool, host: Host): ObservedPool<Pool> {
  let observed = pools.get(pool);
  if (observed === undefined) pools.set(pool, (observed = new ObservedPool(pool, host, read)));
  return observed;
}

function read(pool: Pool): PoolState | undefined {
  const { size, available: idle, borrowed: used, pending, max: limit, _draining: draining } = pool;
  if (draining && used === 0 && pending === 0) return undefined;
  return { idle, used, size, pending, limit };
}

export function patchPool(prototype: Pool, host: Host): void {
  patchAcquire(prototype, host);
  patchGiveBack(prototype, 'release', host);
  patchGiveBack(prototype, 'destroy', host);
  patchCreation(prototype, host);
}

function patchAcquire(prototype: Pool, host: Host): void {
  host.wrap(prototype, 'acquire', (original) => {
    return function acquire(this: Pool, priority?: unknown): unknown {
      if (host.telemetry === undefined) return original.call(this, priority) as unknown;
      const outer = requesting;
      requesting = { pool: this, observed: observe(this, host), since: now() };
      try {
        return original.call(this, priority) as unknown;
      } finally {
        requesting = outer;
      }
    };
  });
}

export function patchQueue(prototype: RequestQueue, host: Host): void {
  host.wrap(prototype, 'enqueue', (original) => {
    return function enqueue(this: RequestQueue, request: ResourceRequest, priority?: unknown): unknown {
      if (requesting !== undefined) {
        requests.set(request, requesting);
        requesting = undefined;
      }
      return original.call(this, request, priority) as unknown;
    };
  });
}

/** The promise of a request belongs to its caller: this is what settles it. */
export function patchRequest(prototype: ResourceRequest, host: Host): void {
  host.wrap(prototype, 'resolve', (original) => {
    return function resolve(this: ResourceRequest, resource: unknown): unknown {
      const request = settle(this);
      if (request !== undefined) begin(request, resource);
      return original.call(this, resource) as unknown;
    };
  });
  host.wrap(prototype, 'reject', (original) => {
    return function reject(this: ResourceRequest, reason: unknown): unknown {
      // Nothing but its timeout makes a pool reject a request that it has taken.
      settle(this)?.observed.timedOut();
      return original.call(this, reason) as unknown;
    };
  });
}

/** Undefined: it is settled already, or not observed. */
function settle(request: ResourceRequest): Request | undefined {
  const known = requests.get(request);
  requests.delete(request);
  return known;
}

function begin({ pool, observed, since }: Request, resource: unknown): void {
  observed.recognize(resource);
  observed.waited(since);
  const loan = pool._resourceLoans.get(resource);
  if (loan !== undefined) loans.set(loan, now());
}

function patchGiveBack(prototype: Pool, method: 'release' | 'destroy', host: Host): void {
  host.wrap(prototype, method, (original) => {
    return function giveBack(this: Pool, resource: unknown): unknown {
      const loan = this._resourceLoans.get(resource);
      const since = loan && loans.get(loan);
      if (since !== undefined) observe(this, host).used(since);
      return original.call(this, resource) as unknown;
    };
  });
}

function patchCreation(prototype: Pool, host: Host): void {
  host.wrap(prototype, '_createResource', (original) => {
    return function createResource(this: Pool): unknown {
      if (host.telemetry === undefined) return original.call(this) as unknown;
      const observed = observe(this, host);
      const creation = new Creation(observed as never);
      const outer = making;
      making = { pool: this, observed, creation };
      try {
        return creation.run(() => original.call(this) as unknown);
      } catch (error) {
        creation.failed(error);
        throw error;
      } finally {
        making = outer;
      }
    };
  });
  host.wrap(prototype, '_trackOperation', (original) => {
    return function trackOperation(this: Pool, operation: Promise<unknown>, set: object): unknown {
      if (making !== undefined && set === this._factoryCreateOperations) hear(operation, making);
      return original.call(this, operation, set) as unknown;
    };
  });
}

/** The operation is the pool's own promise, and the pool hears of its failure: nobody is robbed of an unhandled rejection. */
function hear(operation: Promise<unknown>, { pool, observed, creation }: Making): void {
  operation.then(
    () => {
      for (const { obj } of pool._allObjects) observed.recognize(obj);
      creation.succeeded();
    },
    (error: unknown) => {
      creation.failed(error);
    },
  );
}
