import type { CacheReportData, PatternSummary } from '../model';
import { printable } from '../columns';

/** A key pattern of a cache. */
export interface Row {
  readonly cache: string;
  readonly pattern: PatternSummary;
  /** As it is shown beside the cache's name. */
  readonly name: string;
  /** As it is shown by itself: with the cache, where the pattern does not tell it from that of another one. */
  readonly label: string;
}

/** All patterns of all caches, those first that cost the most. */
export function rowsOf({ caches }: CacheReportData): Row[] {
  const cost = ({ pattern: { misses, errors } }: Row): number => misses + errors;
  const owners = new Map<string | undefined, number>();
  for (const { pattern } of caches.flatMap(({ patterns }) => patterns))
    owners.set(pattern, (owners.get(pattern) ?? 0) + 1);
  const rowOf = (cache: string, pattern: PatternSummary): Row => {
    const name = printable(pattern.pattern ?? '(all keys)');
    const isUnique = pattern.pattern !== undefined && owners.get(pattern.pattern) === 1;
    return { cache, pattern, name, label: isUnique ? name : `${name} in ${printable(cache)}` };
  };
  return caches
    .flatMap(({ name: cache, patterns }) => patterns.map((pattern) => rowOf(cache, pattern)))
    .sort((one, other) => cost(other) - cost(one));
}
