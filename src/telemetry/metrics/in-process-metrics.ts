import { METRIC_CACHE_ENTRIES, METRIC_CACHE_ESTIMATED_SIZE, METRIC_CACHE_EVICTIONS } from '../../semconv';
import { contentsByName } from '../in-process/in-process-library';
import type { Contents } from '../in-process/instances';
import type { CounterMetric, LevelMetric } from './catalogue';

export const EVICTIONS: CounterMetric = {
  name: METRIC_CACHE_EVICTIONS,
  unit: '{eviction}',
  description: 'Entries that a cache removed by itself',
  read: (statistics, point) => {
    for (const cache of statistics.caches()) {
      for (const row of cache.evictionRows()) if (row.count > 0) point(row.count, row.attributes);
    }
  },
};

function perName(value: (contents: Contents) => number | undefined): LevelMetric['read'] {
  return (statistics, point) => {
    for (const [name, contents] of contentsByName()) {
      const level = value(contents);
      if (level !== undefined) point(level, statistics.cache(name).attributes);
    }
  };
}

export const ENTRIES: LevelMetric = {
  name: METRIC_CACHE_ENTRIES,
  unit: '{entry}',
  description: 'Entries of a cache in this process',
  read: perName(({ entries }) => entries),
};

export const ESTIMATED_SIZE: LevelMetric = {
  name: METRIC_CACHE_ESTIMATED_SIZE,
  unit: '1',
  description: 'Size of a cache in this process, in the unit that its library or the application counts in',
  read: perName(({ size }) => size),
};
