import { replyErrorPrefix } from '../../redis/errors';
import type { BatchKind } from '../../telemetry/batch';
import type { Client as Described } from '../../telemetry/client';
import type { Telemetry } from '../../telemetry/telemetry';
import { BatchRun } from './batch-run';
import type { Args, Parser, Queued } from './library';

/** What is to be done with a client: of a pool, of a cluster or of Sentinel. */
export type Task = (client: unknown) => unknown;

/** The same for a batch, where it is known what is to be sent. */
export interface BatchTask {
  readonly kind: BatchKind;
  readonly commands: readonly Queued[];
}

interface Wish {
  readonly args?: Args;
  readonly batch?: BatchTask;
}

const parsed = (_command: unknown, { redisArgs }: Parser): Wish => ({ args: redisArgs });
const batch =
  (kind: BatchKind) =>
  (commands: readonly Queued[]): Wish => ({ batch: { kind, commands } });

/** Stands in for a client: the methods that the pool's own tasks call. */
const WISHES: Record<string, (...parameters: never[]) => Wish> = {
  sendCommand: (args: Args): Wish => ({ args }),
  _executeCommand: parsed,
  _executeScript: parsed,
  _executeMulti: batch('MULTI'),
  _executePipeline: batch('PIPELINE'),
};

const METHOD = Object.keys(WISHES).join('|');
/** A variable, or what the library keeps: to look at another property might run code of the application. */
const ARGUMENT = String.raw`(?:this(?:\._self)?\._?commandOptions|\w+)`;

/**
 * A task that hands variables to one method of its client, and does nothing else: the library's own methods make such tasks. What it would
 * have asked for can be learnt without doing anything; what any other task would do, only the application knows.
 */
const HANDS_ON = new RegExp(
  String.raw`^\(?(\w+)(?:, \w+)?\)? => \1\.(?:${METHOD})\((?:${ARGUMENT},\s*)*${ARGUMENT}\)$`,
);

function wishOf(task: Task | BatchTask): Wish {
  if (typeof task !== 'function') return { batch: task };
  if (!HANDS_ON.test(Function.prototype.toString.call(task))) return {};
  try {
    return task(WISHES) as Wish;
  } catch {
    return {};
  }
}

/**
 * There is no client for a task, or it was given up: what it was to ask for is an operation that failed, and was never written.
 * @param called when it was asked for, as the clock tells it
 */
export function failTask(
  task: Task | BatchTask,
  called: number,
  error: unknown,
  described: Described,
  telemetry: Telemetry,
): void {
  const { args, batch } = wishOf(task);
  if (args !== undefined) {
    const operation = telemetry.begin(described, String(args[0]), args, 1, called);
    if (operation !== undefined) telemetry.fail(operation, error, replyErrorPrefix(error));
  } else if (batch !== undefined && batch.commands.length > 0) {
    new BatchRun(telemetry.beginBatch(described, batch.kind, called), batch.commands, telemetry).end(error);
  }
}
