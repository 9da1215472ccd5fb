import type { Batch } from './batch';
import { now } from './clock';
import type { Failure } from './errors';
import { foreignSpans } from './foreign-spans';
import { noteCounted, noteSingle } from './insights';
import type { MeterOutlet } from './metrics/meter-outlet';
import type { Operation } from './operation';
import { isHeld } from './operation-keys';
import type { SpanMaker } from './span-maker';
import type { Tally } from './tally';
import type { UntoldCommand } from './untold';

/** What is done once with each operation when its outcome is known. */
export class Settling {
  constructor(
    private readonly meters: MeterOutlet,
    private readonly spans: SpanMaker,
  ) {}

  /** Reads what a successful operation did, and counts it. */
  read(operation: Operation, reply: unknown): void {
    operation.series.read?.(operation, reply);
    this.count(operation, false);
  }

  /** Counts an operation, unless its keys are none of a cache's. */
  count(operation: Operation, failed: boolean): void {
    const { count, route } = operation.series;
    if (count === undefined) return;
    if (route.cache.isSelective && leavesOut(operation)) return;
    count.count++;
    if (operation.coalesced) route.cache.coalesced++;
    noteCounted(operation, failed);
    if (operation.valueSize >= 0) this.meters.size(count.operation, operation.valueSize, operation.context);
  }

  /**
   * Measures an operation that has been counted, and makes its span if it is to have one.
   * @param batch whose members the operation sums up
   * @param end as the clock's {@link now} tells it
   */
  finish(
    operation: Operation,
    failure: Failure | undefined,
    reply: unknown,
    batch: Batch | undefined,
    end = now(),
  ): void {
    operation.settled = true;
    const milliseconds = end - operation.startTime;
    if (tellsOfServer(operation, batch)) this.measure(operation, failure, batch, milliseconds);
    if (!operation.traced || !this.spans.selects(operation.misses > 0, milliseconds, failure)) return;
    if (!isTold(operation, batch)) this.spans.make(operation, end, failure, reply, batch);
  }

  /** Counts and measures an operation of which neither a span nor a report tells: what is left then of {@link read} and {@link finish}. */
  tally({ series, args, offset, context, startTime }: UntoldCommand, reply: unknown, tally: Tally, end = now()): void {
    const { count, read, blocks } = series;
    read?.(tally, reply);
    if (count !== undefined) {
      count.count++;
      if (tally.valueSize >= 0) this.meters.size(count.operation, tally.valueSize, context);
    }
    if (blocks?.(args, offset) === true) return;
    const milliseconds = end - startTime;
    this.meters.duration(series.durations.succeeded, milliseconds / 1000, context);
    if (count !== undefined) this.meters.latency(count.operation, milliseconds, context);
  }

  private measure(
    operation: Operation,
    failure: Failure | undefined,
    batch: Batch | undefined,
    milliseconds: number,
  ): void {
    const { series, context: parent } = operation;
    const row = failure === undefined ? series.durations.succeeded : series.durations.failed(failure);
    this.meters.duration(row, milliseconds / 1000, parent);
    if (series.count === undefined || !operation.held) return;
    this.meters.latency(series.count.operation, milliseconds, parent);
    if (batch === undefined) noteSingle(operation, milliseconds, this.spans.settings.insights);
  }
}

/** Leaves out an operation whose keys are none of a cache's. @returns false: they are */
function leavesOut(operation: Operation): boolean {
  if (isHeld(operation)) return false;
  operation.leaveOut();
  operation.series.route.cache.detail?.leaveOut();
  return true;
}

/** Whether its duration tells of the server: not where nothing was sent for it, or it waited for something to happen. */
function tellsOfServer(operation: Operation, batch: Batch | undefined): boolean {
  if (operation.level !== undefined || operation.coalesced) return false;
  if (batch !== undefined) return !batch.blocks;
  const { blocks } = operation.series;
  return blocks === undefined || !blocks(operation.args, operation.offset);
}

/** Whether another instrumentation's span tells of it. */
function isTold({ args }: Operation, batch: Batch | undefined): boolean {
  return foreignSpans.has(args) || batch?.shown.some((member) => foreignSpans.has(member.args)) === true;
}
