import type { Attributes } from '@opentelemetry/api';
import type { Extremes, Histogram } from '../histogram';

/** What a sum grew by since it was last told. Sums are known by their attributes object, which is made once. */
export class SumDeltas {
  private readonly told = new WeakMap<Attributes, number>();

  since(attributes: Attributes, value: number): number {
    const delta = value - (this.told.get(attributes) ?? 0);
    this.told.set(attributes, value);
    return delta;
  }
}

/** What a histogram was given since it was last told. */
export class HistogramDeltas {
  private readonly told = new WeakMap<Attributes, Told>();

  /** Undefined: nothing. */
  since(attributes: Attributes, histogram: Histogram): DeltaHistogram | undefined {
    let last = this.told.get(attributes);
    if (last === undefined) {
      last = { counts: histogram.counts.map(() => 0), count: 0, sum: 0, interval: histogram.startInterval() };
      this.told.set(attributes, last);
    }
    const { counts, count, sum, interval } = last;
    if (histogram.count === count) return undefined;
    this.told.set(attributes, { counts: [...histogram.counts], count: histogram.count, sum: histogram.sum, interval });
    return {
      bounds: histogram.bounds,
      counts: histogram.counts.map((value, bucket) => value - counts[bucket]!),
      count: histogram.count - count,
      sum: histogram.sum - sum,
      ...histogram.endInterval(interval),
    };
  }
}

/** A histogram as it was when it was last told. */
interface Told {
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
  readonly interval: Extremes;
}

type DeltaHistogram = Pick<Histogram, 'bounds' | 'count' | 'sum' | 'min' | 'max'> & {
  readonly counts: readonly number[];
};
