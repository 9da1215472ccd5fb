import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import { contextApi } from './api';

/** What knows the active context. */
interface ContextSource {
  active(): Context;
}

let source: ContextSource = contextApi;

/** From now on this one is asked for the active context: the API, or what it would ask in turn. */
export function askForContext(one: ContextSource): void {
  source = one;
}

/** The context that is active. Throws where the application's context manager does. */
export function contextNow(): Context {
  return source.active();
}

/**
 * Calls a callback in the context that its caller had. Clients answer from a connection that many callers share, where the
 * context of whoever opened it is active.
 */
export function callInContext(
  caller: Context,
  callback: (...args: never[]) => unknown,
  self: unknown,
  args: ArrayLike<unknown>,
): unknown {
  // Most often it is lost, but to enter it costs four times as much as to look.
  if (isActive(caller)) return Reflect.apply(callback, self, args);
  return runInContext(caller, () => Reflect.apply(callback, self, args) as unknown);
}

/** The context that is active; where the application's context manager fails, the root. */
export function activeContext(): Context {
  try {
    return contextNow();
  } catch {
    return ROOT_CONTEXT;
  }
}

/** A context manager of the application's that fails must not keep its callback from being called. */
export function isActive(caller: Context): boolean {
  try {
    return contextNow() === caller;
  } catch {
    return true;
  }
}

/** What is to be run in a context, and what came of it. An object, for each closure takes some 100 instructions more. */
class Run<T, Given> {
  hasBegun = false;
  private hasThrown = false;
  private outcome: unknown = undefined;

  constructor(
    private readonly call: (given: Given) => T,
    private readonly given: Given,
  ) {}

  static readonly begin = (run: Run<unknown, unknown>): void => {
    run.begin();
  };

  private begin(): void {
    this.hasBegun = true;
    try {
      this.outcome = this.call(this.given);
    } catch (error) {
      this.hasThrown = true;
      this.outcome = error;
    }
  }

  result(): T {
    if (!this.hasBegun) this.begin();
    if (this.hasThrown) throw this.outcome;
    return this.outcome as T;
  }
}

/**
 * Calls something in a context; where the application's context manager fails, without it, and never twice.
 * @param given what it is called with
 */
export function runInContext<T>(target: Context, call: () => T): T;
export function runInContext<T, Given>(target: Context, call: (given: Given) => T, given: Given): T;
export function runInContext<T>(target: Context, call: (given: unknown) => T, given?: unknown): T {
  const run = new Run(call, given);
  try {
    contextApi.with(target, Run.begin, undefined, run);
  } catch {
    // The context manager's own failure: who waits for the outcome is not to hear of it.
  }
  return run.result();
}
