import { context } from '@opentelemetry/api';
import type { Host } from '../../adapter';
import { now } from '../../telemetry/clock';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Cluster } from './library';

let delayedSince: number | undefined;

/** When the call that a cluster now carries out was made, as the clock tells it; undefined: just now. */
export function timeOfDelayedCall(): number | undefined {
  return delayedSince;
}

/** Tells of a call that failed because the cluster never became ready: when it was made, as the clock tells it, and why. */
export type Fail = (since: number, error: unknown) => void;

let delaying: Fail | undefined;

/** Runs what a cluster may have to delay. */
export function whileDelaying<T>(fail: Fail, run: () => T): T {
  const outer = delaying;
  delaying = fail;
  try {
    return run();
  } finally {
    delaying = outer;
  }
}

/**
 * Transactions and automatic pipelines that a cluster is asked for before it knows its slots begin later, with whatever made
 * it ready: they still belong to their caller, and have waited since.
 */
export function patchDelays(prototype: Cluster, host: Host): void {
  host.wrap(prototype, 'delayUntilReady', (original) => {
    return function delayUntilReady(this: Cluster, callback: (error?: unknown) => void): unknown {
      if (host.telemetry === undefined) return original.call(this, callback);
      return original.call(this, belonging(callback, host.telemetry));
    };
  });
}

function belonging(callback: (error?: unknown) => void, telemetry: Telemetry): (error?: unknown) => void {
  try {
    const called = now();
    const fail = delaying;
    return context.bind(context.active(), (error?: unknown): void => {
      delayedSince = called;
      try {
        callback(error);
        if (error != null) telemetry.attempt(() => fail?.(called, error));
      } finally {
        delayedSince = undefined;
      }
    });
  } catch (error) {
    telemetry.failed(error);
    return callback;
  }
}
