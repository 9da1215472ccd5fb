import type { PatternRow } from '../cache';
import { now } from '../clock';
import { hashOf } from '../missed-keys';
import { KeyMemory } from './key-memory';
import { newLatencies, PatternDetail } from './pattern-detail';
import type { TimeScale } from './timeline';

/** What an operation has done; -1 where it did not. */
interface Done {
  readonly row: PatternRow | undefined;
  readonly hits: number;
  readonly valueSize: number;
  readonly deletedCount: number;
}

/** Records what only a report tells of one cache. There is one while somebody wants a report, and none else. */
export class CacheDetail {
  /** Milliseconds; operations other than batches. */
  readonly latencies = newLatencies();
  private readonly keys = new KeyMemory();
  /** Keys that the operation wrote which is being read. */
  private written = 0;

  constructor(private readonly scale: TimeScale) {}

  lookedUp(row: PatternRow, key: unknown, hit: boolean): void {
    const time = now();
    const detail = this.of(row);
    detail.timeline.lookedUp(hit, time);
    if (hit) return;
    const { atOnce, expired } = this.keys.missed(hashOf(key), time);
    detail.missedAtOnce(atOnce);
    if (expired) detail.expiredMisses++;
  }

  wrote(row: PatternRow, key: unknown, ttl: number | undefined): void {
    const detail = this.of(row);
    this.written++;
    detail.writes++;
    if (ttl !== undefined && !Number.isNaN(ttl)) detail.ttls.record(ttl);
    this.keys.wrote(hashOf(key), now(), ttl);
  }

  /** An operation, or the member of a batch, has been read, or has failed. */
  counted(operation: Done, failed: boolean): void {
    const { written } = this;
    this.written = 0;
    if (operation.row === undefined) return;
    const detail = this.of(operation.row);
    detail.operations++;
    if (failed) {
      detail.errors++;
      detail.timeline.failed(now());
    }
    if (operation.deletedCount > 0) detail.deletes += operation.deletedCount;
    if (operation.valueSize < 0) return;
    // Of several values only the sum is known.
    const values = Math.max(1, operation.hits, written);
    detail.sized(operation.valueSize / values, values);
  }

  /** An operation that is no batch was answered. */
  took(row: PatternRow | undefined, milliseconds: number): void {
    this.latencies.record(milliseconds);
    if (row === undefined) return;
    const detail = this.of(row);
    detail.latencies.record(milliseconds);
    detail.timeline.took(milliseconds, now());
  }

  private of(row: PatternRow): PatternDetail {
    return (row.detail ??= new PatternDetail(this.scale));
  }
}
