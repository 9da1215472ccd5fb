import type { Host } from '../../adapter';
import type { Client as Described } from '../../telemetry/client';
import type { Telemetry } from '../../telemetry/telemetry';
import { Call } from './calls';
import { describe, type Known, knownCluster, knownSentinel } from './clients';
import { partOf } from './connections';
import { type ClassFile, wrapClass } from './constructions';
import { isPartOfCall } from './current-call';
import type { Args, ClusterOptions, Connectable, Parser, SentinelOptions } from './library';
import { type ClusterBatch, queueOf } from './members';
import { runAsWhole } from './sole-spans';
import type { BatchTask, Task } from './unstarted-tasks';

/** A cluster, or Sentinel: it sends its commands over clients of its own. */
export interface Topology {
  readonly _self?: Topology;
}

type Method = (...parameters: never[]) => Promise<unknown>;

const clusterOptions = new WeakMap<object, ClusterOptions>();
const sentinelOptions = new WeakMap<object, SentinelOptions>();

/** The clusters of transactions and pipelines, which do not know them. */
const clusters = new WeakMap<object, Topology>();

/** Only the slots of a cluster are told what it was configured with. */
export function patchSlotsClass(exports: ClassFile, host: Host): void {
  wrapClass(exports, host, (slots, [options]) => {
    clusterOptions.set(slots, options as ClusterOptions);
  });
}

type Make = (options: never) => Topology;

interface ClusterClass {
  readonly prototype: Topology & Connectable;
  factory(config: unknown): Make;
}

export function patchCluster(cluster: ClusterClass, host: Host): void {
  const { prototype } = cluster;
  if ('_executeWithPolicies' in prototype) {
    // From 6 on a cluster splits some commands over its nodes, and tells first what the whole command is.
    patchCall(prototype, '_executeWithPolicies', host, {
      wholeOf: (parameters) => (parameters[0] as Parser).redisArgs,
    });
  } else if ('_execute' in prototype) patchCall(prototype, '_execute', host, { taskOf: taskAt(3) });
  else {
    patchCall(prototype, 'sendCommand', host, { wholeOf: (parameters) => parameters[2] as Args });
    const rest = ['executeScript', 'executeFunction'].filter((method) => method in prototype);
    for (const method of rest) patchCall(prototype, method, host);
    if (rest.length === 0) patchClusterMethods(cluster, host);
  }
  const methods = prototype as unknown as Record<string, (this: Topology, ...parameters: unknown[]) => object>;
  host.wrap(methods, 'MULTI' in prototype ? 'MULTI' : 'multi', (original) => {
    return function MULTI(this: Topology, ...parameters: unknown[]): object {
      const batch = original.apply(this, parameters) as object;
      clusters.set(batch, this._self ?? this);
      return batch;
    };
  });
}

/** In 5.0 what executes commands is private in the cluster: the methods of the commands themselves are the only way in. */
function patchClusterMethods(cluster: ClusterClass, host: Host): void {
  host.wrap(cluster, 'factory', (original) => {
    return function factory(this: unknown, config: unknown): Make {
      const make = original.call(this, config) as Make;
      return (options) => {
        const made = make(options);
        // What was made is a proxy of an instance of a class that has the methods.
        const methods = Object.getPrototypeOf(made._self) as object;
        for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
          if (name !== 'constructor' && name !== 'Multi' && typeof value === 'function') patchCall(methods, name, host);
        }
        return made;
      };
    };
  });
}

export function patchClusterBatches(prototype: object, host: Host): void {
  const pipeline = (batch: object): BatchTask => ({ kind: 'PIPELINE', commands: queueOf(batch as ClusterBatch) });
  patchCall(prototype, 'exec', host, {
    taskOf: (batch, [asPipeline]: readonly unknown[]) =>
      asPipeline === true ? pipeline(batch) : { ...pipeline(batch), kind: 'MULTI' },
  });
  patchCall(prototype, 'execAsPipeline', host, { taskOf: pipeline });
}

export function patchSentinel(sentinel: { prototype: Topology }, host: Host): void {
  patchCall(sentinel.prototype, '_execute', host, { taskOf: taskAt(1) });
  type Factory = (config: SentinelOptions) => (options: SentinelOptions) => Topology;
  host.wrap(sentinel as unknown as { factory: Factory }, 'factory', (original) => {
    return function factory(this: unknown, config: SentinelOptions) {
      const make = original.call(this, config) as ReturnType<Factory>;
      return (options: SentinelOptions): Topology => {
        const made = make(options);
        sentinelOptions.set(made._self ?? made, options);
        return made;
      };
    };
  });
  if ('duplicate' in sentinel.prototype) patchDuplicate(sentinel.prototype as Duplicable, host);
}

interface Duplicable extends Topology {
  duplicate(overrides?: Partial<SentinelOptions>): Topology;
}

/** From 6 on. It makes an instance of the class that `factory` has made, past what that gave. */
function patchDuplicate(prototype: Duplicable, host: Host): void {
  host.wrap(prototype, 'duplicate', (original) => {
    return function duplicate(this: Duplicable, overrides?: Partial<SentinelOptions>): Topology {
      const made = original.call(this, overrides) as Topology;
      const options = sentinelOptions.get(this._self ?? this);
      if (options !== undefined) sentinelOptions.set(made._self ?? made, { ...options, ...overrides });
      return made;
    };
  });
}

/** A client that was leased of Sentinel for several commands. */
export function patchSentinelLease(lease: { prototype: Topology }, host: Host): void {
  patchCall(lease.prototype, '_execute', host, { taskOf: taskAt(1) });
  type Create = (options: SentinelOptions, ...more: unknown[]) => Topology;
  host.wrap(lease as unknown as { create: Create }, 'create', (original) => {
    return function create(this: unknown, options: SentinelOptions, ...more: unknown[]): Topology {
      const made = original.call(this, options, ...more) as Topology;
      sentinelOptions.set(made._self ?? made, options);
      return made;
    };
  });
}

type TaskOf = (instance: Topology, parameters: readonly Task[]) => Task | BatchTask | undefined;

/** What the parameters of a call tell before it is made. */
interface Told {
  /** The command of the call. */
  readonly wholeOf?: (parameters: readonly unknown[]) => Args | undefined;
  /** What is to be done with the client that is found for the call. */
  readonly taskOf?: TaskOf;
}

/** It stands among the parameters of the call. */
function taskAt(index: number): TaskOf {
  return (_, parameters) => parameters[index];
}

function patchCall(prototype: object, method: string, host: Host, { wholeOf, taskOf }: Told = {}): void {
  host.wrap(prototype as Record<string, Method>, method, (original) => {
    return function call(this: Topology, ...parameters: never[]): Promise<unknown> {
      const { telemetry } = host;
      const run = () => original.apply(this, parameters) as Promise<unknown>;
      if (telemetry === undefined || isPartOfCall()) return run();
      const made = telemetry.attempt(
        () =>
          new Call(describedAs(this, telemetry, host), telemetry, wholeOf?.(parameters), taskOf?.(this, parameters)),
      );
      if (made === undefined) return run();
      return Call.run(made, made.isIgnored ? run : () => runAsWhole(telemetry, run));
    };
  });
}

export function describedAs(instance: Topology, telemetry: Telemetry, host: Host): Described | undefined {
  const facts = knownTopology(clusters.get(instance) ?? instance._self ?? instance);
  return facts && describe(facts, telemetry, host);
}

function knownTopology(topology: Topology): Known | undefined {
  const sentinel = sentinelOptions.get(topology);
  if (sentinel !== undefined) return knownSentinel(topology, sentinel);
  const slots = partOf(topology);
  const options = slots && clusterOptions.get(slots);
  return options && knownCluster(topology, options);
}
