let delayed: number | undefined;

/** When the task was given to a pool that now begins, as the clock tells it; undefined: it did not have to wait. */
export function delayedSince(): number | undefined {
  return delayed;
}

/** @param since when it was asked for, as the clock tells it */
export function runDelayed<T>(since: number, run: () => T): T {
  delayed = since;
  try {
    return run();
  } finally {
    delayed = undefined;
  }
}
