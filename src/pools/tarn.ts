import type { Host } from '../adapter';
import { now } from '../telemetry/clock';
import { Creation } from '../telemetry/creations';
import { ObservedPool, type PoolState } from '../telemetry/observed-pools';

/** What is read of tarn's own objects. */
interface Pool {
  readonly max: number;
  readonly destroyed: boolean;
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  numPendingCreates(): number;
  _create(): unknown;
  /** Tells the listeners of an event: all of a pool's life passes here, whether anybody listens or not. */
  _executeEventHandlers(event: string, ...args: unknown[]): unknown;
}

/** What is known of one pool: of what goes on in it, by the pool's own numbers and by the connection. */
class TarnPool extends ObservedPool<Pool> {
  readonly requests = new Map<unknown, number>();
  readonly creations = new Map<unknown, Creation>();
  readonly loans = new WeakMap<object, number>();
}

const pools = new WeakMap<Pool, TarnPool>();

/** What a factory is called for at this moment. */
let making: Creation | undefined;

function observe(pool: Pool, host: Host): TarnPool {
  let observed = pools.get(pool);
  if (observed === undefined) pools.set(pool, (observed = new TarnPool(pool, host, read)));
  return observed;
}

function read(pool: Pool): PoolState | undefined {
  const [idle, used, pending] = [pool.numFree(), pool.numUsed(), pool.numPendingAcquires()];
  if (pool.destroyed && used === 0 && pending === 0) return undefined;
  return { idle, used, size: idle + used + pool.numPendingCreates(), pending, limit: pool.max };
}

export function patchTarn(prototype: Pool, host: Host): void {
  host.wrap(prototype, '_create', (original) => {
    return function create(this: Pool): unknown {
      if (host.telemetry === undefined) return original.call(this) as unknown;
      const outer = making;
      const creation = (making = new Creation(observe(this, host) as never));
      try {
        return creation.run(() => original.call(this) as unknown);
      } finally {
        making = outer;
      }
    };
  });
  host.wrap(prototype, '_executeEventHandlers', (original) => {
    return function executeEventHandlers(this: Pool, event: string, ...args: unknown[]): unknown {
      if (host.telemetry !== undefined) HEARD[event]?.(observe(this, host), args[0], args[1]);
      return original.call(this, event, ...args) as unknown;
    };
  });
}

/** What is done at an event; its number, and a connection or an error, come with it. */
const HEARD: Readonly<Record<string, (pool: TarnPool, id: unknown, subject: unknown) => void>> = {
  acquireRequest: ({ requests }, id) => {
    requests.set(id, now());
  },
  acquireSuccess: (pool, id, resource) => {
    const since = pool.requests.get(id);
    pool.requests.delete(id);
    pool.recognize(resource);
    if (since !== undefined) pool.waited(since);
    if (isObject(resource)) pool.loans.set(resource, now());
  },
  acquireFail: (pool, id, error) => {
    pool.requests.delete(id);
    // Creations that fail are not told as timeouts of requests where the pool is told to pass them on (`propagateCreateError`).
    if ((error as Error | undefined)?.constructor.name === 'TimeoutError') pool.timedOut();
  },
  // The only event whose first argument is a connection.
  release: (pool, resource) => {
    if (!isObject(resource)) return;
    const since = pool.loans.get(resource);
    pool.loans.delete(resource);
    if (since !== undefined) pool.used(since);
  },
  createRequest: ({ creations }, id) => {
    if (making !== undefined) creations.set(id, making);
  },
  createSuccess: (pool, id, resource) => {
    pool.recognize(resource);
    pool.creations.get(id)?.succeeded();
    pool.creations.delete(id);
  },
  createFail: (pool, id, error) => {
    pool.creations.get(id)?.failed(error);
    pool.creations.delete(id);
  },
};

function isObject(candidate: unknown): candidate is object {
  return typeof candidate === 'object' && candidate !== null;
}
