import type { Attributes } from '@opentelemetry/api';
import type { Settings } from '../config';
import type { Batch } from './batch';
import type { PatternRow } from './cache';
import { hostPort } from './endpoint';
import type { Failure } from './errors';
import { addLegacyAttributes } from './legacy-attributes';
import type { Operation } from './operation';
import { MOST_KEYS, noteKeys } from './operation-keys';
import { isKeyAlone, keyIndices, queryText } from './query-text';
import type { Series } from './statistics';
import {
  ATTR_CACHE_COALESCED,
  ATTR_CACHE_DELETED_COUNT,
  ATTR_CACHE_HIT,
  ATTR_CACHE_HIT_RATE,
  ATTR_CACHE_HITS,
  ATTR_CACHE_KEY,
  ATTR_CACHE_KEY_COUNT,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_LEVEL,
  ATTR_CACHE_MISSES,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_CACHE_QUEUE_TIME,
  ATTR_CACHE_REPEATED_MISS,
  ATTR_CACHE_TTL,
  ATTR_CACHE_VALUE_SIZE,
  ATTR_DB_NAMESPACE,
  ATTR_DB_OPERATION_BATCH_SIZE,
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_QUERY_TEXT,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_STORED_PROCEDURE_NAME,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '../semconv';

/** How much of each key `keys=full` shows, in UTF-16 units. */
const LONGEST_KEY = 1024;

/** `{OPERATION} {key pattern}`, or the target where there is no pattern. */
export function spanName(operation: Operation, settings: Settings): string {
  const { series } = operation;
  if (settings.semconv === 'legacy') return `${series.route.target.system} ${series.command.name}`;
  return summaryOf(operation) ?? `${series.command.name} ${hostPort(series.route.target.endpoint)}`;
}

function summaryOf({ series, row }: Operation): string | undefined {
  return row?.pattern === undefined ? undefined : series.summary(row.pattern);
}

/** Objects made by it have room for all attributes from the start: to let them grow costs a third of a span. */
const Room = function () {} as unknown as new () => Attributes;
Room.prototype = Object.prototype;

export function noAttributes(): Attributes {
  return new Room();
}

/**
 * All attributes of the span of a settled operation.
 * @param asked gets what was asked for, and of whom: what the semantic conventions want to be there when the sampler is asked
 * @param learnt gets what is known since the answer; it may be the same object
 */
export function describeOperation(
  operation: Operation,
  failure: Failure | undefined,
  batch: Batch | undefined,
  settings: Settings,
  asked: Attributes,
  learnt: Attributes,
): void {
  noteKeys(operation, batch);
  const summary = summaryOf(operation);
  const text = batch === undefined ? operationText(operation, summary, settings) : batchText(batch, settings);
  const keys = settings.keys === 'full' ? keyTexts(operation, batch) : undefined;
  if (settings.semconv !== 'legacy') addStableAttributes(asked, operation, text, summary, batch);
  if (settings.semconv !== 'stable') addLegacyAttributes(asked, operation, text, batch, keys);
  addCacheAttributes(learnt, operation);
  addConnectionAttributes(learnt, operation);
  if (failure !== undefined) {
    learnt[ATTR_ERROR_TYPE] = failure.type;
    if (failure.statusCode !== undefined) learnt[ATTR_DB_RESPONSE_STATUS_CODE] = failure.statusCode;
  }
  if (keys !== undefined && keys.length > 0) learnt[ATTR_CACHE_KEY] = keys;
}

/** What a span of another instrumentation is told of a settled operation. */
export function cacheAttributes(operation: Operation): Attributes {
  noteKeys(operation);
  const attributes: Attributes = {};
  addCacheAttributes(attributes, operation);
  return attributes;
}

function addStableAttributes(
  attributes: Attributes,
  operation: Operation,
  text: string,
  summary: string | undefined,
  batch: Batch | undefined,
): void {
  const { series, args, offset } = operation;
  const { system, endpoint, namespace } = series.route.target;
  attributes[ATTR_DB_SYSTEM_NAME] = system;
  attributes[ATTR_DB_OPERATION_NAME] = series.command.name;
  if (namespace !== undefined) attributes[ATTR_DB_NAMESPACE] = namespace;
  attributes[ATTR_SERVER_ADDRESS] = endpoint.address;
  if (endpoint.port !== undefined) attributes[ATTR_SERVER_PORT] = endpoint.port;
  if (text !== '') attributes[ATTR_DB_QUERY_TEXT] = text;
  if (summary !== undefined) attributes[ATTR_DB_QUERY_SUMMARY] = summary;
  if (batch !== undefined && batch.size > 1) attributes[ATTR_DB_OPERATION_BATCH_SIZE] = batch.size;
  const procedure = operation.procedure ?? series.procedure?.(args, offset);
  if (procedure !== undefined) attributes[ATTR_DB_STORED_PROCEDURE_NAME] = procedure;
}

function addCacheAttributes(attributes: Attributes, operation: Operation): void {
  const { series, level, coalesced } = operation;
  attributes[ATTR_CACHE_NAME] = series.route.cache.name;
  if (series.count !== undefined && operation.held) {
    attributes[ATTR_CACHE_OPERATION] = series.command.cacheOperation;
  }
  addOutcome(attributes, operation);
  if (level !== undefined) attributes[ATTR_CACHE_LEVEL] = level;
  if (coalesced) attributes[ATTR_CACHE_COALESCED] = true;
}

/** What an operation read, wrote and deleted; -1 where it did not. */
interface Done {
  readonly row: PatternRow | undefined;
  readonly hits: number;
  readonly misses: number;
  readonly valueSize: number;
  readonly ttl: number;
  readonly deletedCount: number;
  readonly repeatedMiss: boolean;
}

export function addOutcome(attributes: Attributes, done: Done): void {
  const { row, hits, misses, valueSize, ttl, deletedCount, repeatedMiss } = done;
  if (row?.pattern !== undefined) attributes[ATTR_CACHE_KEY_PATTERN] = row.pattern;
  const lookups = hits + misses;
  if (lookups > 0) {
    if (hits === 0 || misses === 0) attributes[ATTR_CACHE_HIT] = misses === 0;
    if (lookups > 1) {
      attributes[ATTR_CACHE_KEY_COUNT] = lookups;
      attributes[ATTR_CACHE_HITS] = hits;
      attributes[ATTR_CACHE_MISSES] = misses;
      attributes[ATTR_CACHE_HIT_RATE] = hits / lookups;
    }
  }
  if (repeatedMiss) attributes[ATTR_CACHE_REPEATED_MISS] = true;
  if (valueSize >= 0) attributes[ATTR_CACHE_VALUE_SIZE] = valueSize;
  if (ttl >= 0) attributes[ATTR_CACHE_TTL] = ttl;
  if (deletedCount >= 0) attributes[ATTR_CACHE_DELETED_COUNT] = deletedCount;
}

function addConnectionAttributes(attributes: Attributes, { client, connection, queueTime }: Operation): void {
  if (queueTime >= 0) attributes[ATTR_CACHE_QUEUE_TIME] = queueTime;
  const peer = connection === undefined ? undefined : client.peer(connection);
  if (peer === undefined) return;
  attributes[ATTR_NETWORK_PEER_ADDRESS] = peer.address;
  if (peer.port !== undefined) attributes[ATTR_NETWORK_PEER_PORT] = peer.port;
}

/** The text of a single operation; where all its keys have one pattern, each need not be looked at again. */
function operationText(operation: Operation, summary: string | undefined, settings: Settings): string {
  const { series, args, offset, row, hits, misses } = operation;
  if (settings.keys !== 'pattern' || row?.pattern === undefined) return textOf(operation, settings);
  const { keys } = series.command;
  if (typeof keys !== 'object') return textOf(operation, settings);
  if (isKeyAlone(operation)) return summary!;
  if (keys.last !== keys.first && hits + misses !== args.length - offset) return textOf(operation, settings);
  return queryText(series.command, args, offset, row.pattern);
}

function textOf(call: { series: Series; args: ArrayLike<unknown>; offset: number }, settings: Settings): string {
  const { series, args, offset } = call;
  const { cache } = series.route;
  if (settings.keys === 'pattern' && isKeyAlone(call)) {
    const { pattern } = cache.rowOf(args[offset]);
    if (pattern !== undefined) return series.summary(pattern);
  }
  return queryText(series.command, args, offset, (key) => {
    if (settings.keys === 'none') return '?';
    return settings.keys === 'full' ? keyText(key) : (cache.rowOf(key).pattern ?? '?');
  });
}

/** The texts of a batch's members, each once, as the semantic conventions demand for batches. */
function batchText(batch: Batch, settings: Settings): string {
  const pattern = batch.operation.row?.pattern;
  const uniform = settings.keys === 'pattern' && pattern !== undefined ? batch.uniform : undefined;
  if (uniform !== undefined) return uniform.summary(pattern!);
  const texts = new Set(batch.shown.map((member) => textOf(member, settings)));
  const text = [...texts].join('; ');
  return batch.size > batch.shown.length && texts.size > 1 ? `${text}; ...` : text;
}

/** The keys of an operation, or of a batch's members, each once. */
function keyTexts(operation: Operation, batch: Batch | undefined): string[] {
  const texts = new Set<string>();
  for (const { series, args, offset } of batch?.shown ?? [operation]) {
    for (const index of keyIndices(series.command, args, offset, MOST_KEYS)) {
      if (texts.size < MOST_KEYS) texts.add(keyText(args[index]));
    }
  }
  return [...texts];
}

export function keyText(key: unknown): string {
  if (key instanceof Uint8Array) return Buffer.from(key.subarray(0, LONGEST_KEY)).toString();
  if (typeof key === 'string') return key.slice(0, LONGEST_KEY);
  // An object's own `toString` is none of ours to call.
  return typeof key === 'number' || typeof key === 'bigint' ? String(key) : '?';
}
