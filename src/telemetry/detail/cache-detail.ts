import type { PatternRow } from '../cache';
import { now } from '../clock';
import { hashOf } from '../missed-keys';
import { KeyMemory } from './key-memory';
import { newLatencies, PatternDetail } from './pattern-detail';
import type { TimeScale } from './timeline';

/** What an operation has done. */
interface Done {
  readonly row: PatternRow | undefined;
  /** -1: nothing that deletes. */
  readonly deletedCount: number;
}

/** Records what only a report tells of one cache. There is one while somebody wants a report, and none else. */
export class CacheDetail {
  /** Milliseconds that servers took for commands that are in no batch. */
  readonly remote = newLatencies();
  private readonly keys = new KeyMemory();
  /** Bytes of the values that the operation has read or written which is being counted. */
  private sizes: number[] = [];

  constructor(private readonly scale: TimeScale) {}

  /** @param waits it was missed by a call that waits for the load of another: such ones are no herd */
  lookedUp(row: PatternRow, key: unknown, hit: boolean, waits = false): void {
    const time = now();
    const detail = this.of(row);
    detail.timeline.lookedUp(hit, time);
    if (hit || waits) return;
    const { atOnce, expired } = this.keys.missed(hashOf(key), time);
    detail.missedAtOnce(atOnce);
    if (expired) detail.expiredMisses++;
  }

  /** A key was missed, and what was loaded in its place has been written already. */
  loaded(row: PatternRow, key: unknown): void {
    const detail = this.of(row);
    detail.timeline.lookedUp(false, now());
    if (this.keys.hadExpired(hashOf(key))) detail.expiredMisses++;
  }

  wrote(row: PatternRow, key: unknown, ttl: number | undefined): void {
    const detail = this.of(row);
    detail.writes++;
    if (ttl === undefined) detail.writesWithoutTtl++;
    else if (!Number.isNaN(ttl)) detail.ttls.record(ttl);
    this.keys.wrote(hashOf(key), now(), ttl);
  }

  sized(bytes: number): void {
    this.sizes.push(bytes);
  }

  /** What was read is not to be counted: its key is none of the cache's. */
  leaveOut(): void {
    this.sizes = [];
  }

  /** An operation, or the member of a batch, has been read, or has failed. */
  counted(operation: Done, failed: boolean): void {
    const { sizes } = this;
    this.sizes = [];
    if (operation.row === undefined) return;
    const detail = this.of(operation.row);
    detail.operations++;
    if (failed) {
      detail.errors++;
      detail.timeline.failed(now());
    }
    if (operation.deletedCount > 0) detail.deletes += operation.deletedCount;
    for (const bytes of sizes) detail.sized(bytes);
  }

  /** An operation that is no batch was answered. */
  took(row: PatternRow | undefined, milliseconds: number): void {
    if (row === undefined) return;
    const detail = this.of(row);
    detail.latencies.record(milliseconds);
    detail.timeline.took(milliseconds, now());
  }

  private of(row: PatternRow): PatternDetail {
    return (row.detail ??= new PatternDetail(this.scale));
  }
}
