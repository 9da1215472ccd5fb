import type { Attributes } from '@opentelemetry/api';
import type { Settings } from '../../config';
import {
  ATTR_CACHE_COALESCED,
  ATTR_CACHE_HIT_LEVEL,
  ATTR_CACHE_KEY,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_LEVEL,
  ATTR_CACHE_LEVELS,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_CACHE_PATTERN,
  ATTR_ERROR_TYPE,
} from '../../semconv';
import { MOST_KEYS } from '../operation-keys';
import { addOutcome, keyText } from '../span-attributes';
import type { AppOperation } from './app-operation';

/** The keys of an operation, at most so many as a span tells of. */
export function keysOf({ key }: AppOperation): readonly unknown[] {
  if (Array.isArray(key)) return key.slice(0, MOST_KEYS) as unknown[];
  return key === undefined ? [] : [key];
}

/** What a span can tell of an operation when it begins. */
export function describeStart(attributes: Attributes, operation: AppOperation, settings: Settings): void {
  const { series } = operation;
  const { level, levels, pattern } = series.cache.facts;
  attributes[ATTR_CACHE_NAME] = series.cache.name;
  attributes[ATTR_CACHE_OPERATION] = series.operation;
  operation.noteRows();
  if (operation.row?.pattern !== undefined) attributes[ATTR_CACHE_KEY_PATTERN] = operation.row.pattern;
  if (settings.keys === 'full' && operation.key !== undefined)
    attributes[ATTR_CACHE_KEY] = keysOf(operation).map(keyText);
  if (level !== undefined) attributes[ATTR_CACHE_LEVEL] = level;
  if (levels !== undefined) attributes[ATTR_CACHE_LEVELS] = [...levels];
  if (pattern !== undefined) attributes[ATTR_CACHE_PATTERN] = pattern;
}

/** What a span can tell of an operation when it has ended. */
export function describeEnd(attributes: Attributes, operation: AppOperation): void {
  const { hits, hitLevel, coalesced, failure } = operation;
  addOutcome(attributes, operation);
  // What a level had may have been too old.
  if (hitLevel !== undefined && hits > 0) attributes[ATTR_CACHE_HIT_LEVEL] = hitLevel;
  if (coalesced) attributes[ATTR_CACHE_COALESCED] = true;
  if (failure !== undefined) attributes[ATTR_ERROR_TYPE] = failure.type;
}
