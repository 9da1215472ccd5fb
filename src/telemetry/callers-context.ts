import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import { contextApi } from './api';

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
    return contextApi.active();
  } catch {
    return ROOT_CONTEXT;
  }
}

/** A context manager of the application's that fails must not keep its callback from being called. */
export function isActive(caller: Context): boolean {
  try {
    return contextApi.active() === caller;
  } catch {
    return true;
  }
}

/** Runs something in a context; where the application's context manager fails, without it, and never twice. */
export function runInContext<T>(target: Context, run: () => T): T {
  let hasBegun = false;
  let hasThrown = false;
  let outcome: unknown;
  try {
    contextApi.with(target, () => {
      hasBegun = true;
      try {
        outcome = run();
      } catch (error) {
        hasThrown = true;
        outcome = error;
      }
    });
  } catch {
    // The context manager's own failure: who waits for the outcome is not to hear of it.
  }
  if (!hasBegun) return run();
  if (hasThrown) throw outcome;
  return outcome as T;
}
