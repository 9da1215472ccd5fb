import { context, type Context } from '@opentelemetry/api';

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
  return context.with(caller, () => Reflect.apply(callback, self, args) as unknown);
}

/** A context manager of the application's that fails must not keep its callback from being called. */
function isActive(caller: Context): boolean {
  try {
    return context.active() === caller;
  } catch {
    return true;
  }
}
