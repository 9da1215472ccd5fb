import type { Attributes } from '@opentelemetry/api';
import { Histogram } from '../histogram';

/** What a sum grew by since it was last told. Sums are known by their attributes object, which is made once. */
export class SumDeltas {
  private readonly told = new WeakMap<Attributes, number>();

  since(attributes: Attributes, value: number): number {
    const delta = value - (this.told.get(attributes) ?? 0);
    this.told.set(attributes, value);
    return delta;
  }
}

/** What a histogram was given since it was last told. Its extremes are not known for a part, and so are left out. */
export class HistogramDeltas {
  private readonly told = new WeakMap<Attributes, Histogram>();

  /** Undefined: nothing. */
  since(attributes: Attributes, histogram: Histogram): DeltaHistogram | undefined {
    let last = this.told.get(attributes);
    if (last === undefined) this.told.set(attributes, (last = new Histogram(histogram.bounds)));
    const count = histogram.count - last.count;
    if (count === 0) return undefined;
    const delta: DeltaHistogram = {
      bounds: histogram.bounds,
      counts: histogram.counts.map((value, bucket) => value - last.counts[bucket]!),
      count,
      sum: histogram.sum - last.sum,
      min: undefined,
      max: undefined,
    };
    last.counts.splice(0, last.counts.length, ...histogram.counts);
    last.count = histogram.count;
    last.sum = histogram.sum;
    return delta;
  }
}

export interface DeltaHistogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
  readonly min: undefined;
  readonly max: undefined;
}
