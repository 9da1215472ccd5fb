import type { CacheReportData, PatternSummary } from '../model';
import { printable } from '../columns';

/** A key pattern of a cache. */
export interface Row {
  readonly cache: string;
  readonly pattern: PatternSummary;
  /** As it is shown. */
  readonly name: string;
}

/** All patterns of all caches, those first that cost the most. */
export function rowsOf({ caches }: CacheReportData): Row[] {
  const cost = ({ pattern: { misses, errors } }: Row): number => misses + errors;
  return caches
    .flatMap(({ name: cache, patterns }) =>
      patterns.map((pattern) => ({ cache, pattern, name: printable(pattern.pattern ?? '(all keys)') })),
    )
    .sort((one, other) => cost(other) - cost(one));
}
