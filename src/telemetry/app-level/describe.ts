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
export function attributesAtStart(operation: AppOperation, settings: Settings): Attributes {
  const { series } = operation;
  const { level, levels, pattern } = series.cache.facts;
  const attributes: Attributes = {};
  attributes[ATTR_CACHE_NAME] = series.cache.name;
  attributes[ATTR_CACHE_OPERATION] = series.operation;
  const keys = keysOf(operation);
  for (const key of keys) operation.rowOf(key);
  if (operation.row?.pattern !== undefined) attributes[ATTR_CACHE_KEY_PATTERN] = operation.row.pattern;
  if (settings.keys === 'full' && keys.length > 0) attributes[ATTR_CACHE_KEY] = keys.map(keyText);
  if (level !== undefined) attributes[ATTR_CACHE_LEVEL] = level;
  if (levels !== undefined) attributes[ATTR_CACHE_LEVELS] = [...levels];
  if (pattern !== undefined) attributes[ATTR_CACHE_PATTERN] = pattern;
  return attributes;
}

/** What a span can tell of an operation when it has ended. */
export function attributesAtEnd(operation: AppOperation): Attributes {
  const { hitLevel, coalesced } = operation;
  const attributes: Attributes = {};
  addOutcome(attributes, operation);
  if (hitLevel !== undefined) attributes[ATTR_CACHE_HIT_LEVEL] = hitLevel;
  if (coalesced) attributes[ATTR_CACHE_COALESCED] = true;
  return attributes;
}
