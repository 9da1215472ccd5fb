import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import { type Answered, type Arrival, arrivals } from '../../telemetry/arrivals';
import { now } from '../../telemetry/clock';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import { UntoldCommand } from '../../telemetry/untold';
import { type Known, knownOf, procedureName } from './clients';
import { followDatabase } from './databases';
import { timeOfDelayedCall } from './delays';
import { joinTransaction } from './joining';
import type { Cluster, Command, PipelineStream, Redis } from './library';
import { adoptResend, holdForResend } from './resends';
import { track, type Tracked, trackedOf } from './tracked';

/** Every command passes here: alone, in pipelines and transactions, on each node of a cluster. */
export function patchRedis(prototype: Redis, host: Host): void {
  host.wrap(prototype, 'sendCommand', (original) => {
    return function sendCommand(this: Redis, command: Command, stream?: PipelineStream): unknown {
      const { telemetry } = host;
      if (telemetry === undefined) return original.call(this, command, stream);
      const tracked = observeCall(this, command, stream, telemetry, host);
      followDatabase(this, command, telemetry, host);
      if (tracked === undefined) return original.call(this, command, stream);
      return send(this, original, command, stream, tracked, telemetry);
    };
  });
}

/** Nothing of ours may reach the application, such as an error of its context manager. */
function observeCall(
  redis: Redis,
  command: Command,
  stream: PipelineStream | undefined,
  telemetry: Telemetry,
  host: Host,
): Tracked | undefined {
  try {
    const tracked = trackedOf(command);
    if (tracked !== undefined || stream !== undefined) return tracked;
    const facts = knownOf(redis, telemetry, host);
    return joinTransaction(redis, facts, command, telemetry) ?? observe(redis, facts, command, telemetry);
  } catch (error) {
    telemetry.failed(error);
    return undefined;
  }
}

/** Commands to a cluster begin here: they may wait for the slots, and be redirected, before a node sends them. */
export function patchCluster(prototype: Cluster, host: Host): void {
  host.wrap(prototype, 'sendCommand', (original) => {
    return function sendCommand(this: Cluster, command: Command, stream?: PipelineStream, node?: unknown): unknown {
      const { telemetry } = host;
      const tracked = telemetry && observeClusterCall(this, command, stream, telemetry, host);
      if (tracked === undefined) return original.call(this, command, stream, node);
      const waiting = this.offlineQueue?.length;
      const result: unknown = original.call(this, command, stream, node);
      if (this.offlineQueue?.length !== waiting) tracked.waits();
      return result;
    };
  });
}

function observeClusterCall(
  cluster: Cluster,
  command: Command,
  stream: PipelineStream | undefined,
  telemetry: Telemetry,
  host: Host,
): Tracked | undefined {
  try {
    if (stream !== undefined || trackedOf(command) !== undefined) return undefined;
    return observe(cluster, knownOf(cluster, telemetry, host), command, telemetry);
  } catch (error) {
    telemetry.failed(error);
    return undefined;
  }
}

function send(
  redis: Redis,
  original: Redis['sendCommand'],
  command: Command,
  stream: PipelineStream | undefined,
  tracked: Tracked,
  telemetry: Telemetry,
): unknown {
  const waiting = redis.offlineQueue?.length;
  const result: unknown = original.call(redis, command, stream);
  try {
    if (redis.offlineQueue?.length === waiting) tracked.sent(redis);
    else tracked.waits();
  } catch (error) {
    telemetry.failed(error);
  }
  return result;
}

/** Marks all commands of which no span tells as seen: nobody is told of their ways. */
const UNTOLD: Tracked = Object.freeze({
  waits() {},
  sent() {},
});

/** Begins to observe a command, and hears of its answer; undefined: nobody is to be told where it is sent. May throw. */
function observe(instance: Redis | Cluster, facts: Known, command: Command, telemetry: Telemetry): Tracked | undefined {
  const resumed = adoptResend(command);
  if (resumed !== undefined) return resumed;
  const series = telemetry.observes(facts.client, command.name, command.args, 0);
  if (series === undefined) return undefined;
  const context = telemetry.enterCall();
  const startTime = timeOfDelayedCall() ?? now();
  if (foreignSpans.isEnabled || telemetry.mayTell(context)) {
    const operation = telemetry.operation(facts.client, series, command.args, 0, context, startTime);
    return hearOperation(instance, command, operation);
  }
  track(command, UNTOLD);
  const untold = new UntoldCommand(facts.client, series, command.args, 0, context, startTime);
  untold.hear(command, rejectUntold);
  return undefined;
}

/**
 * As {@link observe}, always as an operation: something else than its answer may settle it.
 * @param postpone see {@link hearAnswer}
 */
export function follow(
  instance: Redis | Cluster,
  facts: Known,
  command: Command,
  telemetry: Telemetry,
  postpone?: Postpone,
): Tracked | undefined {
  const resumed = adoptResend(command);
  if (resumed !== undefined) return resumed;
  const operation = telemetry.begin(facts.client, command.name, command.args, 0, timeOfDelayedCall());
  return operation && hearOperation(instance, command, operation, postpone);
}

function hearOperation(
  instance: Redis | Cluster,
  command: Command,
  operation: Operation,
  postpone?: Postpone,
): Operation {
  if (timeOfDelayedCall() !== undefined) operation.waits();
  operation.procedure = procedureName(instance, operation.series, command.args);
  hearAnswer(command, operation, postpone);
  return operation;
}

/** Takes note of a failure that may not be the last word; false: it is. */
export type Postpone = (operation: Operation, error: unknown, prefix: string | undefined) => boolean;

/**
 * Settles an operation when its command is answered. Not by a `then` on the command's promise: that would mark rejections as handled.
 * The client goes first, so that nothing of ours stands between it and its caller.
 */
export function hearAnswer(command: Command, operation: Operation, postpone?: Postpone): void {
  track(command, operation);
  if (foreignSpans.isEnabled) expectAnswer(command, operation);
  const heard = new Heard(command, operation, postpone);
  command.resolve = resolveHeard.bind(heard);
  command.reject = rejectHeard.bind(heard);
}

function expectAnswer({ args }: Command, operation: Operation): void {
  foreignSpans.expect(args, (reply) => {
    operation.client.telemetry.succeed(operation, reply);
    return operation;
  });
}

/** A command whose answer is heard, and what the client gave it for its answer. */
class Heard implements Answered {
  readonly resolve: Command['resolve'];
  readonly reject: Command['reject'];
  reply: unknown = undefined;
  next: Answered | undefined = undefined;

  constructor(
    readonly command: Command,
    readonly operation: Operation,
    readonly postpone: Postpone | undefined,
  ) {
    this.resolve = command.resolve;
    this.reject = command.reject;
  }

  settle(reply: unknown, arrival?: Arrival): void {
    this.operation.client.telemetry.succeed(this.operation, reply, arrival?.time);
  }
}

// Bound, not closures: the engine has to look for a closure's code when it is first called, and each would be called once.
function resolveHeard(this: Heard, reply: unknown): unknown {
  const result = this.resolve.call(this.command, reply);
  arrivals.add(this, reply);
  return result;
}

function rejectHeard(this: Heard, error: unknown): void {
  const { command, reject, operation, postpone } = this;
  hearRejection(command, reject, operation, postpone, error);
}

function hearRejection(
  command: Command,
  reject: Command['reject'],
  operation: Operation,
  postpone: Postpone | undefined,
  error: unknown,
): void {
  const prefix = replyErrorPrefix(error);
  const giveUp = (): void => {
    operation.client.telemetry.fail(operation, error, prefix);
  };
  const hearAgain = (resend: Command): void => {
    hearAnswer(resend, operation, postpone);
  };
  const open =
    holdForResend(command, error, { tracked: operation, hearAnswer: hearAgain, giveUp }) ||
    postpone?.(operation, error, prefix) === true;
  reject.call(command, error);
  if (!open) giveUp();
}

function rejectUntold(this: UntoldCommand, error: unknown): void {
  hearRejection(this.command as Command, this.reject!, this.toOperation(), undefined, error);
}
