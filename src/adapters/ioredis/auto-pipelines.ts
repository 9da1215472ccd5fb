import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import { isCluster, knownOf } from './clients';
import { follow, hearAnswer } from './commands';
import { joinTransaction } from './joining';
import type { Command, Pipeline } from './library';
import { trackedOf } from './tracked';

/** By pipeline: what ioredis fills by itself; undefined: what the application made. */
const automatic = new WeakMap<Pipeline, AutoPipeline | undefined>();

/**
 * The pipeline that ioredis fills by itself (`enableAutoPipelining`) with the commands of many callers, if it is one. Each of
 * these commands is an operation of its own.
 */
export function autoPipelineOf(pipeline: Pipeline, telemetry: Telemetry, host: Host): AutoPipeline | undefined {
  if (automatic.has(pipeline)) return automatic.get(pipeline);
  const auto = isAutomatic(pipeline) ? new AutoPipeline(pipeline, telemetry, host) : undefined;
  automatic.set(pipeline, auto);
  return auto;
}

/** ioredis marks them by symbols of its own, and keeps these to itself. */
function isAutomatic(pipeline: Pipeline): boolean {
  return Object.getOwnPropertySymbols(pipeline).some((symbol) => symbol.description === 'exec');
}

export class AutoPipeline {
  /**
   * Failures of single commands after which a cluster may send the whole pipeline again. It adds the commands anew before it decides
   * that: what is answered after that settles them, or fails anew.
   */
  private readonly postponed = new Map<Operation, { error: unknown; prefix: string | undefined }>();

  constructor(
    private readonly pipeline: Pipeline,
    private readonly telemetry: Telemetry,
    private readonly host: Host,
  ) {
    if (!pipeline.isCluster) return;
    const { resolve, reject } = pipeline;
    pipeline.resolve = (results) => {
      resolve(results);
      this.failPostponed();
    };
    pipeline.reject = (error) => {
      reject(error);
      this.failAll(error);
    };
  }

  /** A command is added while its caller is active: the first time, or when a cluster sends the pipeline again. */
  add(command: Command): void {
    const tracked = trackedOf(command);
    if (tracked instanceof Operation) {
      hearAnswer(command, tracked, this.postpone);
      return;
    }
    const { redis } = this.pipeline;
    follow(redis, knownOf(redis, this.telemetry, this.host), command, this.telemetry, this.postpone);
  }

  /** Its commands are about to be sent: what is a transaction of the connection by now, they are in. */
  send(): void {
    const { redis, _queue: queue } = this.pipeline;
    if (isCluster(redis)) return;
    const facts = knownOf(redis, this.telemetry, this.host);
    for (const command of queue) joinTransaction(redis, facts, command, this.telemetry, trackedOf(command));
  }

  private readonly postpone = (operation: Operation, error: unknown, prefix: string | undefined): boolean => {
    if (!this.pipeline.isCluster) return false;
    this.postponed.set(operation, { error, prefix });
    return true;
  };

  /** The cluster refuses the pipeline as a whole, as for a command whose keys are not all in one slot: then none of them is sent. */
  private failAll(error: unknown): void {
    this.postponed.clear();
    const prefix = replyErrorPrefix(error);
    for (const command of this.pipeline._queue) {
      const tracked = trackedOf(command);
      if (tracked instanceof Operation) this.telemetry.fail(tracked, error, prefix);
    }
  }

  private failPostponed(): void {
    for (const [operation, { error, prefix }] of this.postponed) this.telemetry.fail(operation, error, prefix);
    this.postponed.clear();
  }
}
