import { SCOPE_NAME } from './semconv';

/** Marks a function as ours, also for another copy of this package. */
export const WRAPPED = Symbol.for(`${SCOPE_NAME}.wrapped`);

/** Whether a function is ours, or shimmer's around one of ours. */
export function isWrapped(candidate: unknown): boolean {
  for (let one = candidate; typeof one === 'function'; one = (one as { __original?: unknown }).__original) {
    if (WRAPPED in one) return true;
  }
  return false;
}
