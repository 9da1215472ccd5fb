import type { Batch } from './batch';
import type { Operation } from './operation';
import { keyIndices } from './query-text';

/** Keys that are looked at per operation. */
export const MOST_KEYS = 64;

/** Commands that neither look up nor write have not noted their keys yet, and members that failed neither. */
export function noteKeys(operation: Operation, batch?: Batch): void {
  if (batch === undefined ? operation.row !== undefined : batch.uniform !== undefined) return;
  const { cache } = operation.series.route;
  for (const { series, args, offset } of batch?.shown ?? [operation]) {
    for (const index of keyIndices(series.command, args, offset, MOST_KEYS)) {
      if (operation.mixed) return;
      operation.note(cache.rowOf(args[index]));
    }
  }
}

/** Whether an operation has a key that counts as one of a cache (`cachePrefixes`), or none at all. */
export function isHeld({ series, args, offset }: Operation): boolean {
  const indices = keyIndices(series.command, args, offset, MOST_KEYS);
  return indices.length === 0 || indices.some((index) => series.route.cache.holds(args[index]));
}
