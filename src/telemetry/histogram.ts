/** Upper bounds of `db.client.operation.duration` in seconds, as the semantic conventions advise. */
export const DURATION_BOUNDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Upper bounds of `cache.operation.duration` in seconds: those and two below, for what answers without the network. */
export const OPERATION_BOUNDS: readonly number[] = [0.0001, 0.0005, ...DURATION_BOUNDS];

/** Upper bounds of `cache.latency` in milliseconds: the same buckets under the older unit. */
export const LATENCY_BOUNDS: readonly number[] = DURATION_BOUNDS.map((seconds) => seconds * 1000);

/** Upper bounds of `cache.value_size` in bytes: powers of four, from 16 bytes to 16 MiB. */
export const SIZE_BOUNDS: readonly number[] = Array.from({ length: 11 }, (_, power) => 16 * 4 ** power);

/** The least and the greatest value of some time. */
export class Extremes {
  min = Infinity;
  max = -Infinity;

  add(min: number, max: number): void {
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }
}

/** A histogram with explicit bounds, each the inclusive upper end of its bucket. */
export class Histogram {
  readonly counts: number[];
  count = 0;
  sum = 0;
  // Of what came since an interval last ended: to record a value costs the same however many readers have intervals.
  private least = Infinity;
  private greatest = -Infinity;
  private readonly times = [new Extremes()];

  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.count++;
    this.sum += value;
    if (value < this.least) this.least = value;
    if (value > this.greatest) this.greatest = value;
  }

  get min(): number {
    return Math.min(this.times[0]!.min, this.least);
  }

  get max(): number {
    return Math.max(this.times[0]!.max, this.greatest);
  }

  /** The first interval of a reader that wants the extremes since it last asked; it began with the histogram. */
  startInterval(): Extremes {
    const interval = new Extremes();
    interval.add(this.min, this.max);
    this.times.push(interval);
    return interval;
  }

  /**
   * Ends an interval; the next one begins.
   * @returns the extremes of the one that has ended
   */
  endInterval(interval: Extremes): { min: number; max: number } {
    for (const time of this.times) time.add(this.least, this.greatest);
    this.least = Infinity;
    this.greatest = -Infinity;
    const { min, max } = interval;
    interval.min = Infinity;
    interval.max = -Infinity;
    return { min, max };
  }
}
