import { performance } from 'node:perf_hooks';

/** Parts that the time since the start is divided into, at most. */
export const SLOTS = 60;
/** How long a part is at first, in milliseconds. */
const FIRST_WIDTH = 250;

/** Buckets of latencies per part: two per doubling, from 0.05 ms to 3 s. */
const LATENCIES = 32;
const LEAST_LATENCY = 0.05;
const HITS = 0;
const MISSES = 1;
const ERRORS = 2;
const FIRST_LATENCY = 3;
const COLUMNS = FIRST_LATENCY + LATENCIES;

/** How all timelines of a process divide the time: when there is no room for another part, two become one. */
export class TimeScale {
  width = FIRST_WIDTH;
  /** Epoch milliseconds. */
  readonly startedAt = Date.now();
  private readonly utilization = performance.eventLoopUtilization();

  /** @param start as the clock's `now` tells it */
  constructor(readonly start: number) {}

  /** The share of the time since the start that the event loop was busy: then latencies tell of the process. */
  get busy(): number {
    return performance.eventLoopUtilization(this.utilization).utilization;
  }

  /** The part that a time belongs to. */
  slot(time: number): number {
    const since = Math.max(0, time - this.start);
    while (since >= this.width * SLOTS) this.width *= 2;
    return Math.floor(since / this.width);
  }
}

/** One part of the time. */
export interface TimelineSlot {
  readonly hits: number;
  readonly misses: number;
  readonly errors: number;
  /** Milliseconds, as the upper end of its bucket; undefined: nothing was measured. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

/** What happened to one key pattern in each part of the time: 8 kB. */
export class Timeline {
  private width: number;
  private readonly counts = new Uint32Array(SLOTS * COLUMNS);

  constructor(private readonly scale: TimeScale) {
    this.width = scale.width;
  }

  lookedUp(hit: boolean, time: number): void {
    this.add(time, hit ? HITS : MISSES);
  }

  failed(time: number): void {
    this.add(time, ERRORS);
  }

  took(milliseconds: number, time: number): void {
    const bucket = Math.ceil(2 * Math.log2(milliseconds / LEAST_LATENCY));
    this.add(time, FIRST_LATENCY + Math.min(LATENCIES - 1, Math.max(0, bucket)));
  }

  slots(until: number): readonly TimelineSlot[] {
    const last = this.scale.slot(until);
    this.fit();
    return Array.from({ length: last + 1 }, (_, slot) => this.read(slot));
  }

  private add(time: number, column: number): void {
    const slot = this.scale.slot(time);
    this.fit();
    this.counts[slot * COLUMNS + column]!++;
  }

  private fit(): void {
    for (; this.width < this.scale.width; this.width *= 2) {
      for (let to = 0; to < SLOTS * COLUMNS; to++) {
        const from = 2 * to - (to % COLUMNS);
        const inRange = from < SLOTS * COLUMNS;
        this.counts[to] = inRange ? this.counts[from]! + this.counts[from + COLUMNS]! : 0;
      }
    }
  }

  private read(slot: number): TimelineSlot {
    const columns = this.counts.subarray(slot * COLUMNS, (slot + 1) * COLUMNS);
    const latencies = columns.subarray(FIRST_LATENCY);
    return {
      hits: columns[HITS]!,
      misses: columns[MISSES]!,
      errors: columns[ERRORS]!,
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
    };
  }
}

function quantile(counts: Uint32Array, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  const bucket = counts.findIndex((count) => (seen += count) >= share * total);
  return LEAST_LATENCY * 2 ** (bucket / 2);
}
