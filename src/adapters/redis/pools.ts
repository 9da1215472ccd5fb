import { context } from '@opentelemetry/api';
import type { Host } from '../../adapter';
import { runInContext } from '../../telemetry/callers-context';
import { now } from '../../telemetry/clock';
import { ObservedPool, type PoolState } from '../../telemetry/observed-pools';
import { describe, knownPool } from './clients';
import { runDelayed } from './delays';
import type { ClientOptions } from './library';
import { failTask, type Task } from './unstarted-tasks';

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

/** What a pool was made of. */
interface Configuration {
  readonly client: ClientOptions | undefined;
  readonly limit: number;
}

/** As node-redis has it. */
const DEFAULT_MAXIMUM = 100;

const pools = new WeakMap<Pool, ObservedPool<Pool>>();
const configurations = new WeakMap<Pool, Configuration>();

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
  return { idle, used, size: idle + used, pending, limit: configurations.get(pool)?.limit };
}

/** Makes a pool. */
type Create = (client?: ClientOptions, options?: PoolOptions) => Pool;

/** Only here the options of a pool are to be had. */
export function patchPoolClass(poolClass: { create: Create }, host: Host): void {
  host.wrap(poolClass, 'create', noteConfiguration);
}

/** Has taken the method from the class, maybe before that was patched. */
export function patchMain(main: { createClientPool: Create }, host: Host): void {
  host.wrap(main, 'createClientPool', noteConfiguration);
}

function noteConfiguration(original: Create): Create {
  return function create(this: unknown, client, options) {
    const pool = original.call(this, client, options);
    configurations.set(pool._self, { client, limit: options?.maximum ?? DEFAULT_MAXIMUM });
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
        if (!isLate) return use(observed, () => task(client));
        return use(observed, () => runInContext(caller, () => runDelayed(called, () => task(client))));
      };
      const result = callFor(observed, () => original.call(this, run));
      isLate = true;
      if (begun) return result;
      return hearRefusal(result as Promise<unknown>, (error) => {
        if (begun) return;
        if (isTimeout(error)) observed.timedOut();
        runInContext(caller, () => {
          fail(this._self, task, called, error, host);
        });
      });
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
function hearRefusal(result: Promise<unknown>, refused: (error: unknown) => void): Promise<unknown> {
  return result.then(undefined, (error: unknown) => {
    refused(error);
    throw error;
  });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'TimeoutError';
}

function fail(pool: Pool, task: Task, called: number, error: unknown, host: Host): void {
  const { telemetry } = host;
  const configuration = configurations.get(pool);
  if (telemetry === undefined || configuration === undefined) return;
  try {
    const described = describe(knownPool(pool, configuration.client ?? {}), telemetry, host);
    failTask(task, called, error, described, telemetry);
  } catch (failure) {
    telemetry.failed(failure);
  }
}
