import { METRIC_CACHE_COALESCED, METRIC_CACHE_LOAD_DURATION, METRIC_CACHE_OPERATION_DURATION } from '../../semconv';
import { DURATION_BOUNDS, OPERATION_BOUNDS } from '../histogram';
import type { CounterMetric, HistogramMetric } from './catalogue';

export const COALESCED: CounterMetric = {
  name: METRIC_CACHE_COALESCED,
  unit: '{request}',
  description: 'Calls that joined a load in flight',
  read: (statistics, point) => {
    for (const { coalesced, attributes } of statistics.caches()) if (coalesced > 0) point(coalesced, attributes);
  },
};

export const OPERATION_DURATION: HistogramMetric = {
  name: METRIC_CACHE_OPERATION_DURATION,
  unit: 's',
  description: 'Duration of operations on caches above the network',
  bounds: OPERATION_BOUNDS,
  read: (statistics, point) => {
    for (const cache of statistics.caches()) {
      for (const durations of cache.allDurations()) {
        for (const row of durations.rows()) if (row.histogram.count > 0) point(row.histogram, row.attributes);
      }
    }
  },
};

export const LOAD_DURATION: HistogramMetric = {
  name: METRIC_CACHE_LOAD_DURATION,
  unit: 's',
  description: 'How long it took to load what was missed',
  bounds: DURATION_BOUNDS,
  read: (statistics, point) => {
    for (const { loads } of statistics.caches()) {
      for (const row of loads.rows()) if (row.histogram.count > 0) point(row.histogram, row.attributes);
    }
  },
};

export const APP_LEVEL_TIMES = [OPERATION_DURATION, LOAD_DURATION];
