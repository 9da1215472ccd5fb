import { context } from '@opentelemetry/api';
import type { Host } from '../../adapter';
import { now } from '../../telemetry/clock';

/** From 5 on. */
export interface Pool {
  execute(task: Task): unknown;
}

type Task = (client: unknown) => unknown;

let delayed: number | undefined;

/** When the task was given to a pool that now begins, as the clock tells it; undefined: it did not have to wait. */
export function delayedSince(): number | undefined {
  return delayed;
}

/**
 * A task that waits for a client of a pool begins when another returns its client, in the other's context: it still belongs to
 * its own caller, and has waited since.
 */
export function patchPool(prototype: Pool, host: Host): void {
  host.wrap(prototype, 'execute', (original) => {
    return function execute(this: Pool, task: Task): unknown {
      if (host.telemetry === undefined) return original.call(this, task);
      const caller = context.active();
      const called = now();
      let isLate = false;
      const result: unknown = original.call(this, (client: unknown) => {
        return isLate ? context.with(caller, () => runLate(task, client, called)) : task(client);
      });
      isLate = true;
      return result;
    };
  });
}

function runLate(task: Task, client: unknown, called: number): unknown {
  delayed = called;
  try {
    return task(client);
  } finally {
    delayed = undefined;
  }
}
