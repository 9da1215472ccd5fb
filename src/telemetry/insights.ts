import type { Context } from '@opentelemetry/api';
import { ATTR_CACHE_KEY_COUNT, ATTR_CACHE_KEY_PATTERN, ATTR_CACHE_NAME, EVENT_CACHE_SINGLE_LOOKUPS } from '../semconv';
import type { AppOperation } from './app-level/app-operation';
import { DeferredSpan } from './app-level/deferred-span';
import type { Cache, PatternRow } from './cache';
import { spanIn } from './caller-span';
import type { CacheDetail } from './detail/cache-detail';
import { MANY_LOOKUPS, SingleLookups } from './detail/single-lookups';
import { OTHER_PATTERN } from './key-patterns';
import type { Operation } from './operation';
import { noteKeys } from './operation-keys';

interface Done {
  readonly context: Context;
  readonly row: PatternRow | undefined;
  readonly hits: number;
  readonly misses: number;
}

/** An operation, or the member of a batch, has been counted. */
export function noteCounted(operation: Operation, failed: boolean): void {
  const { detail } = operation.series.route.cache;
  if (detail === undefined) return;
  noteKeys(operation);
  detail.counted(operation, failed);
}

/**
 * A command that is in no batch was answered by its server. The {@link MANY_LOOKUPS}th lookup of one key and one pattern below one parent adds an
 * event to the parent's span, for one lookup of several keys would do.
 */
export function noteSingle(operation: Operation, milliseconds: number, insights: boolean): void {
  const { cache } = operation.series.route;
  if (cache.detail !== undefined) noteTime(operation, cache.detail, milliseconds);
  noteLookup(operation, cache, insights && operation.traced);
}

function noteTime({ row }: Operation, detail: CacheDetail, milliseconds: number): void {
  detail.remote.record(milliseconds);
  detail.took(row, milliseconds);
}

/** The same of an operation on a cache above the network. */
export function noteAppLevel(operation: AppOperation, failed: boolean, milliseconds: number, insights: boolean): void {
  const { table } = operation.series;
  // Of several values only the sum is known.
  if (operation.valueSize >= 0 && !Array.isArray(operation.key)) table.detail?.sized(operation.valueSize);
  table.detail?.counted(operation, failed);
  table.detail?.took(operation.row, milliseconds);
  noteLookup(operation, table, insights && operation.span !== undefined);
}

/** @param tell whether the span is to be told, or only the statistics */
function noteLookup(done: Done, cache: Cache, tell: boolean): void {
  if (tell || cache.detail !== undefined) countSingle(done, cache, tell);
}

/** Apart, so that what each operation asks is small enough to be compiled into its caller. */
function countSingle({ context, row, hits, misses }: Done, cache: Cache, tell: boolean): void {
  if (hits + misses !== 1) return;
  // Keys that have nothing in common but their cache are not to be had at once.
  if (row?.pattern === undefined || row.pattern === OTHER_PATTERN) return;
  const parent = spanIn(context);
  // The question alone must not make it a span.
  if (parent === undefined || (parent instanceof DeferredSpan && !parent.isMade)) return;
  row.singleLookups ??= new SingleLookups();
  if (row.singleLookups.add(parent.spanContext().spanId) !== MANY_LOOKUPS || !tell || !parent.isRecording()) return;
  parent.addEvent(EVENT_CACHE_SINGLE_LOOKUPS, {
    [ATTR_CACHE_NAME]: cache.name,
    [ATTR_CACHE_KEY_PATTERN]: row.pattern,
    [ATTR_CACHE_KEY_COUNT]: MANY_LOOKUPS,
  });
}
