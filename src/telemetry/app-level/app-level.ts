import type { Context } from '@opentelemetry/api';
import type { Settings } from '../../config';
import { contextNow, runInContext } from '../callers-context';
import { now } from '../clock';
import { type Failure, failureType } from '../errors';
import { noteAppLevel } from '../insights';
import { mayTrace } from '../may-trace';
import { OPERATION_DURATION } from '../metrics/app-level-metrics';
import type { MeterOutlet } from '../metrics/meter-outlet';
import type { SpanMaker } from '../span-maker';
import type { Statistics } from '../statistics';
import type { AppCache, AppOperationName } from './app-cache';
import { AppOperation } from './app-operation';
import { enclosingOperation } from './enclosing';
import { Step, type StepName } from './steps';
import { spanOf } from './work';

interface Owner {
  readonly settings: Settings;
  readonly statistics: Statistics;
  /** An operation is seen. */
  sees(): void;
  failed(error: unknown): void;
}

/**
 * Operations on caches above the network, of wrappers and of libraries alike: spans of kind INTERNAL that others can lie
 * below, and counts in the same table as those of commands. Nothing here throws but what a callee has thrown.
 */
export class AppLevel {
  constructor(
    /** @internal */
    readonly owner: Owner,
    /** @internal */
    readonly spans: SpanMaker,
    /** @internal */
    readonly meters: MeterOutlet,
  ) {}

  /**
   * An operation was called. What it calls in turn belongs into {@link AppOperation.run}, its loader into
   * {@link AppOperation.load}; it ends with {@link AppOperation.succeed} or {@link AppOperation.fail}.
   *
   * A cache that another cache is made of is not counted twice: what begins within the `run` of an operation leaves lookups,
   * counts and durations to that one. If its cache is a level, it makes a span and tells which level hit; if not, or if it is that
   * of the operation itself, it is not seen at all.
   * @param key the key, an array of keys, or undefined where the operation is about all of them
   * @returns undefined: not to be observed
   */
  begin(cache: AppCache, operation: AppOperationName, key?: unknown): AppOperation | undefined {
    try {
      const active = contextNow();
      const outer = enclosingOperation(active);
      if (outer === undefined) this.owner.sees();
      else if (cache.facts.level === undefined || cache === outer.series.cache) return undefined;
      return this.begun(cache, operation, key, active, outer);
    } catch (error) {
      this.owner.failed(error);
      return undefined;
    }
  }

  private begun(
    cache: AppCache,
    operation: AppOperationName,
    key: unknown,
    parent: Context,
    outer: AppOperation | undefined,
  ): AppOperation {
    const { settings, statistics } = this.owner;
    const series = cache.series(statistics, operation);
    const begun = new AppOperation(this, series, key, parent, outer, now());
    if (mayTrace(parent, settings)) begun.span = spanOf(begun, this.spans, undefined);
    return begun;
  }

  /** @internal */
  part(outer: AppOperation, level: AppCache): AppOperation | undefined {
    return this.guard(() => this.begun(level, outer.series.operation, outer.key, outer.within(), outer));
  }

  /** @internal */
  lookedUp(operation: AppOperation, key: unknown, hit: boolean): void {
    try {
      const { outer } = operation;
      if (outer === undefined) this.countLookup(operation, key, hit);
      else if (hit) outer.answeredBy(operation.series.cache.facts.level!, Array.isArray(outer.key) ? key : undefined);
    } catch (error) {
      this.owner.failed(error);
    }
  }

  private countLookup(operation: AppOperation, key: unknown, hit: boolean): void {
    const { table } = operation.series;
    const row = operation.rowOf(key);
    if (hit) {
      table.atLevel(row, operation.levelOf(key)).hits++;
      table.detail?.lookedUp(row, key, true);
      return;
    }
    row.misses++;
    // What was loaded is written before the miss is told. Who waits for the load of another call makes no stampede.
    if (operation.wroteMissed !== undefined) table.detail?.loaded(row, key);
    else table.detail?.lookedUp(row, key, false, operation.coalesced);
    if (operation.coalesced || !(operation.wroteMissed ?? table.missedKeys.add(key, row.common))) return;
    row.repeatedMisses++;
    operation.repeatedMiss = table.tellsInsights;
  }

  /** @internal */
  wrote(operation: AppOperation, key: unknown, ttl: number | undefined): void {
    if (operation.outer !== undefined) return;
    try {
      const { table } = operation.series;
      const row = operation.rowOf(key);
      const wasMissed = table.countWrite(row, key, ttl);
      if (key === operation.key) operation.wroteMissed = wasMissed;
      table.detail?.wrote(row, key, ttl);
    } catch (error) {
      this.owner.failed(error);
    }
  }

  /** @internal */
  settle(operation: AppOperation, hasFailed: boolean, error: unknown): void {
    if (operation.settled) return;
    operation.settled = true;
    try {
      this.finish(operation, hasFailed, error);
    } catch (failure) {
      this.owner.failed(failure);
    }
  }

  private finish(operation: AppOperation, hasFailed: boolean, error: unknown): void {
    const end = now();
    const milliseconds = end - operation.startTime;
    const { span, survived } = operation;
    const failure = hasFailed ? failureOf(error) : survived === undefined ? undefined : failureOf(survived);
    operation.failure = failure;
    if (operation.series.table.detail !== undefined) operation.noteRows();
    if (operation.outer === undefined) {
      this.count(operation, failure, milliseconds / 1000);
      noteAppLevel(operation, hasFailed, milliseconds, this.owner.settings.insights);
    }
    if (span === undefined) return;
    const isWanted = this.spans.selects(operation.misses > 0, milliseconds, failure);
    span.finish(end, hasFailed ? failure?.message : undefined, isWanted);
  }

  private count({ series, valueSize, context: parent }: AppOperation, failure: Failure | undefined, seconds: number) {
    const { count, durations } = series;
    count.count++;
    if (valueSize >= 0) this.meters.size(count.operation, valueSize, parent);
    const row = failure === undefined ? durations.succeeded : durations.failed(failure);
    this.meters.time(OPERATION_DURATION, row.histogram, row.attributes, seconds, parent);
  }

  /** @internal */
  begins(operation: AppOperation, name: StepName): Step | undefined {
    try {
      return new Step(operation, name, this);
    } catch (error) {
      this.owner.failed(error);
      return undefined;
    }
  }

  /** @internal */
  step<T>(operation: AppOperation, name: StepName, call: () => T): T {
    const step = this.begins(operation, name);
    if (step === undefined) return call();
    return settling(() => step.call(runInContext<T>, call), step);
  }

  /** @internal Runs what is ours: its failure goes to the diagnostics. */
  guard<T>(observe: () => T): T | undefined {
    try {
      return observe();
    } catch (error) {
      this.owner.failed(error);
      return undefined;
    }
  }
}

/** Who failed shows what may be shown of the message: the client's span, or that of the load. */
function failureOf(error: unknown): Failure {
  const type = failureType(error, undefined);
  return { type, statusCode: undefined, message: type };
}

function settling<T>(call: () => T, step: Step): T {
  let result: T;
  try {
    result = call();
  } catch (error) {
    step.failed(error);
    throw error;
  }
  if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
    step.succeeded();
    return result;
  }
  return (result as PromiseLike<unknown> & T).then(
    (value) => {
      step.succeeded();
      return value;
    },
    (error: unknown) => {
      step.failed(error);
      throw error;
    },
  ) as T;
}
