import { context } from '@opentelemetry/api';
import type { Host } from '../../adapter';
import { now } from '../../telemetry/clock';
import { ObservedPool, type PoolState } from '../../telemetry/observed-pools';

/** From 5 on. */
export interface Pool {
  /** The pool itself: there are proxies of it. */
  readonly _self: Pool;
  readonly isOpen: boolean;
  readonly idleClients: number;
  /** With those that are connecting. */
  readonly clientsInUse: number;
  readonly tasksQueueLength: number;
  connect(): unknown;
  execute(task: Task): unknown;
}

interface PoolOptions {
  readonly maximum?: number;
}

/** As node-redis has it. */
const DEFAULT_MAXIMUM = 100;

type Task = (client: unknown) => unknown;

let delayed: number | undefined;

/** When the task was given to a pool that now begins, as the clock tells it; undefined: it did not have to wait. */
export function delayedSince(): number | undefined {
  return delayed;
}

const pools = new WeakMap<Pool, ObservedPool<Pool>>();
const limits = new WeakMap<Pool, number>();

let connecting: ObservedPool<Pool> | undefined;

/** The pool whose client begins to connect at this moment. */
export function connectingPool(): ObservedPool<Pool> | undefined {
  return connecting;
}

function observe(pool: Pool, host: Host): ObservedPool<Pool> {
  let observed = pools.get(pool);
  if (observed === undefined) pools.set(pool, (observed = new ObservedPool(pool, host, read)));
  return observed;
}

function read(pool: Pool): PoolState | undefined {
  const { isOpen, idleClients: idle, clientsInUse: used, tasksQueueLength: pending } = pool;
  if (!isOpen && used === 0) return undefined;
  return { idle, used, size: idle + used, pending, limit: limits.get(pool) };
}

/** Makes a pool. */
type Create = (client: unknown, options?: PoolOptions) => Pool;

/** Only here the options of a pool are to be had. */
export function patchPoolClass(poolClass: { create: Create }, host: Host): void {
  host.wrap(poolClass, 'create', noteLimit);
}

/** Has taken the method from the class, maybe before that was patched. */
export function patchMain(main: { createClientPool: Create }, host: Host): void {
  host.wrap(main, 'createClientPool', noteLimit);
}

function noteLimit(original: Create): Create {
  return function create(this: unknown, client, options) {
    const pool = original.call(this, client, options);
    limits.set(pool._self, options?.maximum ?? DEFAULT_MAXIMUM);
    return pool;
  };
}

export function patchPool(prototype: Pool, host: Host): void {
  host.wrap(prototype, 'connect', (original) => {
    return function connect(this: Pool): unknown {
      if (host.telemetry === undefined) return original.call(this);
      return callFor(observe(this._self, host), () => original.call(this));
    };
  });
  patchExecute(prototype, host);
}

function callFor(pool: ObservedPool<Pool>, call: () => unknown): unknown {
  const outer = connecting;
  connecting = pool;
  try {
    return call();
  } finally {
    connecting = outer;
  }
}

/**
 * A task that waits for a client of a pool begins when another returns its client, in the other's context: it still belongs to
 * its own caller, and has waited since.
 */
function patchExecute(prototype: Pool, host: Host): void {
  host.wrap(prototype, 'execute', (original) => {
    return function execute(this: Pool, task: Task): unknown {
      const caller = host.telemetry?.attempt(() => context.active());
      if (caller === undefined) return original.call(this, task);
      const observed = observe(this._self, host);
      const called = now();
      let isLate = false;
      let begun = false;
      const run = (client: unknown): unknown => {
        begun = true;
        observed.recognize(client);
        observed.waited(called);
        return use(observed, () => (isLate ? context.with(caller, () => runLate(task, client, called)) : task(client)));
      };
      const result = callFor(observed, () => original.call(this, run));
      isLate = true;
      return begun ? result : hearTimeout(result as Promise<unknown>, observed, () => begun);
    };
  });
}

/** The pool itself hears of what becomes of the promise, so a handler of ours changes nothing for anybody. */
function use(pool: ObservedPool<Pool>, task: () => unknown): unknown {
  const since = now();
  const done = (): void => {
    pool.used(since);
  };
  let result: unknown;
  try {
    result = task();
  } catch (error) {
    done();
    throw error;
  }
  if (result instanceof Promise) result.then(done, done);
  else done();
  return result;
}

/** Nothing but the promise tells of a task that never began; who has to wait anyway can wait for one of ours. */
function hearTimeout(result: Promise<unknown>, pool: ObservedPool<Pool>, begun: () => boolean): Promise<unknown> {
  return result.then(undefined, (error: unknown) => {
    if (!begun() && error instanceof Error && error.constructor.name === 'TimeoutError') pool.timedOut();
    throw error;
  });
}

function runLate(task: Task, client: unknown, called: number): unknown {
  delayed = called;
  try {
    return task(client);
  } finally {
    delayed = undefined;
  }
}
