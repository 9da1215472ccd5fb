import type { Host } from '../../adapter';
import type { Args, CommandList, Queue, QueuedCommand } from './library';

/** Hears what became of one command. */
export interface Answer {
  succeeded(reply: unknown): void;
  failed(error: unknown): void;
}

/** Wants to hear of a command that is queued at this moment. */
export interface Audience {
  /** The client has queued a command, which may be another one. */
  queued(command: QueuedCommand): void;
}

/** Takes note of the commands that are queued at this moment, and hears of their answers by other ways. */
export interface Taker {
  /** The client was given a command, and handles the failure of its promise itself. */
  took(args: Args, promise: Promise<unknown>): void;
}

/** Who listens at this moment: set only while a client's method runs, which queues its commands before it returns. */
let audience: Audience | undefined;

/** @returns who listened before, to be given back when the client's method has returned */
export function listen(listener: Audience | undefined): Audience | undefined {
  const before = audience;
  audience = listener;
  return before;
}

/** Who takes note at this moment: set only while a client queues a batch. */
let taker: Taker | undefined;

export function currentTaker(): Taker | undefined {
  return taker;
}

/** @returns who took note before, to be given back as with {@link listen} */
export function setTaker(one: Taker | undefined): Taker | undefined {
  const before = taker;
  taker = one;
  return before;
}

/**
 * From 5 on every command passes through a list of the client's own, with its `resolve` and `reject`. The client goes first, so that
 * nothing of ours stands between it and its caller: a `then` on the promise would mark rejections as handled, and a
 * promise derived from it would answer later than its neighbours (and costs 220 ns, this 90).
 */
export function patchCommandList(prototype: CommandList, host: Host): void {
  for (const method of ['push', 'unshift'] as const) {
    host.wrap(prototype, method, (original) => {
      return function add(this: CommandList, command: QueuedCommand): unknown {
        audience?.queued(command);
        return original.call(this, command);
      };
    });
  }
}

/** From 5 on. The promise is the client's: a batch waits for all of its members'. */
export function patchCommandQueue(prototype: Queue, host: Host): void {
  host.wrap(prototype, 'addCommand', (original) => {
    return function addCommand(this: Queue, args: Args, options?: unknown): unknown {
      const result = original.call(this, args, options) as Promise<unknown>;
      taker?.took(args, result);
      return result;
    };
  });
}

export function hear(command: QueuedCommand, answer: Answer): void {
  const heard = new Heard(command, answer);
  command.resolve = resolveHeard.bind(heard);
  command.reject = rejectHeard.bind(heard);
}

/** A command whose answer is heard, and what the client gave it for its answer. */
class Heard {
  readonly resolve: QueuedCommand['resolve'];
  readonly reject: QueuedCommand['reject'];

  constructor(
    readonly command: QueuedCommand,
    readonly answer: Answer,
  ) {
    this.resolve = command.resolve;
    this.reject = command.reject;
  }
}

// Bound, not closures: the engine has to look for a closure's code when it is first called, and each would be called once, which
// costs as much as all the rest. Nor methods of the command: the client calls some apart from it.
function resolveHeard(this: Heard, reply: unknown): void {
  this.resolve.call(this.command, reply);
  this.answer.succeeded(reply);
}

function rejectHeard(this: Heard, error: unknown): void {
  this.reject.call(this.command, error);
  this.answer.failed(error);
}

/** Hears the answer of a command that passes through no list of ours, and gives the promise for its caller. */
export function hearPromise<T>(promise: Promise<T>, answer: Answer): Promise<T> {
  return promise.then(
    (reply) => {
      answer.succeeded(reply);
      return reply;
    },
    (error: unknown) => {
      answer.failed(error);
      throw error;
    },
  );
}
