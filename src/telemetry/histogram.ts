/** Upper bounds of `db.client.operation.duration` in seconds, as the semantic conventions advise. */
export const DURATION_BOUNDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Upper bounds of `cache.operation.duration` in seconds: those and two below, for what answers without the network. */
export const OPERATION_BOUNDS: readonly number[] = [0.0001, 0.0005, ...DURATION_BOUNDS];

/** Upper bounds of `cache.latency` in milliseconds: the same buckets under the older unit. */
export const LATENCY_BOUNDS: readonly number[] = DURATION_BOUNDS.map((seconds) => seconds * 1000);

/** Upper bounds of `cache.value_size` in bytes: powers of four, from 16 bytes to 16 MiB. */
export const SIZE_BOUNDS: readonly number[] = Array.from({ length: 11 }, (_, power) => 16 * 4 ** power);

/** A histogram with explicit bounds, each the inclusive upper end of its bucket. */
export class Histogram {
  readonly counts: number[];
  count = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;

  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }
}
