import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import { keyIndices } from '../../telemetry/query-text';
import { keyText } from '../../telemetry/span-attributes';
import type { Series } from '../../telemetry/statistics';
import type { Telemetry } from '../../telemetry/telemetry';
import { knownOf, procedureName } from './clients';
import { type Fail, whileDelaying } from './delays';
import type { Cluster, Pipeline, Redis } from './library';

/** The file of automatic pipelines. */
export interface AutoPipelining {
  executeWithAutoPipelining(
    client: Redis | Cluster,
    functionName: string,
    commandName: string,
    args: readonly unknown[],
    callback?: unknown,
  ): unknown;
}

/** A command of an automatic pipeline is none yet while a cluster does not know its slots: if it never does, only this knew it. */
export function patchAutoPipelining(exports: AutoPipelining, host: Host): void {
  host.wrap(exports, 'executeWithAutoPipelining', (original) => {
    return function executeWithAutoPipelining(this: unknown, client, functionName, name, args, callback): unknown {
      const { telemetry } = host;
      if (telemetry === undefined || !isUnready(client)) {
        return original.call(this, client, functionName, name, args, callback) as unknown;
      }
      const fail: Fail = (since, error) => {
        const { client: described } = knownOf(client, telemetry, host);
        const sent = prefixed(client, described.route.named(name), args.flat());
        const operation = telemetry.begin(described, name, sent, 0, since);
        if (operation !== undefined) telemetry.fail(operation, error, replyErrorPrefix(error));
      };
      return whileDelaying(fail, () => original.call(this, client, functionName, name, args, callback) as unknown);
    };
  });
}

/** The arguments as the command would have had them: ioredis puts the prefix before its keys when it makes one. */
function prefixed({ options }: Redis | Cluster, { command }: Series, args: readonly unknown[]): readonly unknown[] {
  const { keyPrefix } = options;
  if (keyPrefix == null || keyPrefix.length === 0) return args;
  const keys = new Set(keyIndices(command, args, 0, args.length));
  return args.map((value, index) => (keys.has(index) ? keyText(keyPrefix) + keyText(value) : value));
}

/** A transaction is executed by a method of its own, which asks the pipeline's only when the cluster is ready. */
export function patchClusterMulti(prototype: Cluster, host: Host): void {
  host.wrap(prototype, 'multi', (original) => {
    return function multi(this: Cluster, ...parameters: unknown[]): unknown {
      const pipeline = original.apply(this, parameters) as Partial<Pipeline> | undefined;
      const { telemetry } = host;
      if (telemetry !== undefined && isUnready(this)) follow(pipeline, telemetry, host);
      return pipeline;
    };
  });
}

function follow(pipeline: Partial<Pipeline> | undefined, telemetry: Telemetry, host: Host): void {
  const exec = pipeline?.exec;
  if (typeof exec !== 'function' || pipeline?._queue === undefined) return;
  const fail: Fail = (since, error) => failTransaction(pipeline as Pipeline, since, error, telemetry, host);
  pipeline.exec = function (this: Pipeline, ...parameters: [callback?: unknown]): unknown {
    return whileDelaying(fail, () => exec.apply(this, parameters));
  };
}

function failTransaction(pipeline: Pipeline, since: number, error: unknown, telemetry: Telemetry, host: Host): void {
  const { redis, _queue: queue } = pipeline;
  const batch = telemetry.beginBatch(knownOf(redis, telemetry, host).client, 'MULTI', since);
  const { route } = batch.operation.series;
  for (const { name, args } of queue) {
    const series = route.named(name);
    if (series.command.name !== 'MULTI') batch.add(series, args, 0, procedureName(redis, series, args));
  }
  telemetry.finishBatch(batch, error, replyErrorPrefix(error));
}

function isUnready(client: Redis | Cluster): boolean {
  return 'slots' in client && client.slots?.length === 0;
}
