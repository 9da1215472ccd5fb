import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { contextNow, runInContext } from '../callers-context';
import type { AppOperation } from './app-operation';
import { LinkedContext, linkedValue } from './linked-context';

/** What a context has that calls happen in that an operation is made of. */
export const OPERATION = createContextKey('opentelemetry-instrumentation-cache app-level operation');

/** The operation whose call is on the stack now, whatever is known of the context. */
let onStack: AppOperation | undefined;
/** The operation that this happens in, where no context manager is registered, as in an application that only has metrics. */
const followed = new AsyncLocalStorage<AppOperation | undefined>();

const PROBE = new LinkedContext(ROOT_CONTEXT, OPERATION, undefined);
let isManaged = false;

/** Whether a context manager follows what is called. One that has been seen is taken to stay. */
function managed(): boolean {
  return isManaged || (isManaged = isManagedNow());
}

function isManagedNow(): boolean {
  try {
    return runInContext(PROBE, () => contextNow() === PROBE);
  } catch {
    return false;
  }
}

/** The operation on a cache that this happens in, and not in its loader. */
export function enclosingOperation(active: Context): AppOperation | undefined {
  const operation = onStack ?? (isManaged ? (linkedValue(active, OPERATION) as typeof onStack) : followed.getStore());
  return operation !== undefined && (!operation.settled || operation.goesOn) ? operation : undefined;
}

/** Calls in a context, as a part of an operation. */
export function enter<T>(operation: AppOperation, inside: Context, call: () => T): T {
  const before = onStack;
  onStack = operation;
  try {
    return managed() ? runInContext(inside, call) : followed.run(operation, () => runInContext(inside, call));
  } finally {
    onStack = before;
  }
}

/** Calls as a part of no operation. */
export function apart<T, Given>(inside: Context, call: (inside: Context, given: Given) => T, given: Given): T {
  const before = onStack;
  onStack = undefined;
  try {
    return managed() ? call(inside, given) : followed.run(undefined, call, inside, given);
  } finally {
    onStack = before;
  }
}
