import { AsyncLocalStorage } from 'node:async_hooks';
import type { Batch, BatchKind } from '../../telemetry/batch';
import type { Client as Described } from '../../telemetry/client';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Call } from './calls';
import { delayedSince } from './delays';
import { runForCaller } from './sole-spans';

const calls = new AsyncLocalStorage<Call | undefined>();
/** Calls that have not ended. Usually there are none, and then the storage, a fifth of what an operation costs, need not be asked. */
let open = 0;
/** The library carries out a call, and has not waited for anything yet. */
let isBeginning = false;
/** The call that was left last, see {@link outsideCalls}. */
let left: Call | undefined;

/** The call that a command belongs to which is sent at this moment. */
export function currentCall(): Call | undefined {
  if (open === 0) return undefined;
  const call = calls.getStore();
  return call?.ended === false ? call : undefined;
}

/**
 * A batch begins that is sent at this moment, or is what a call that is under way consists of.
 * @param described what sends it
 */
export function beginBatch(kind: BatchKind, described: Described, telemetry: Telemetry): Batch {
  const call = currentCall();
  const delayed = delayedSince();
  const since = delayed ?? call?.since;
  const batch = runForCaller(() => telemetry.beginBatch(call?.described ?? described, kind, since));
  if (delayed !== undefined) batch.operation.waits();
  return batch;
}

/**
 * Whether what is called at this moment is part of a call. Later on the application may be calling: the library tells it
 * of events while it carries out a call.
 */
export function isPartOfCall(): boolean {
  return isBeginning;
}

/** Runs what makes up a call; {@link closeCall} is to be called when it has ended. */
export function openCall<T>(call: Call, run: () => T): T {
  open++;
  return calls.run(call, begin<T>, run);
}

function begin<T>(run: () => T): T {
  isBeginning = true;
  try {
    return run();
  } finally {
    isBeginning = false;
  }
}

export function closeCall(): void {
  open--;
}

/** Runs what only happens to begin in a call: a connection outlives it, and what it tells of is heard by the application. */
export function outsideCalls<T>(run: () => T): T {
  if (calls.getStore() === undefined) return run();
  const outer = left;
  left = currentCall();
  try {
    return calls.run(undefined, run);
  } finally {
    left = outer;
  }
}

/** The call that needs what is run outside of it at this moment. */
export function callOutside(): Call | undefined {
  return left;
}
