import type { Attributes } from '@opentelemetry/api';
import type { Batch } from './batch';
import type { Operation } from './operation';
import {
  DB_SYSTEM_REDIS,
  LEGACY_ATTR_DB_NAME,
  LEGACY_ATTR_DB_OPERATION,
  LEGACY_ATTR_DB_STATEMENT,
  LEGACY_ATTR_DB_SYSTEM,
  LEGACY_ATTR_MEMCACHED_KEY,
  LEGACY_ATTR_MEMCACHED_TTL,
  LEGACY_ATTR_NET_PEER_NAME,
  LEGACY_ATTR_NET_PEER_PORT,
  LEGACY_ATTR_REDIS_COMMAND,
  LEGACY_ATTR_REDIS_DELETED_COUNT,
  LEGACY_ATTR_REDIS_KEY,
  LEGACY_ATTR_REDIS_KEY_COUNT,
  LEGACY_ATTR_REDIS_KEY_PATTERN,
  LEGACY_ATTR_REDIS_PIPELINE_LENGTH,
  LEGACY_ATTR_REDIS_TTL_SECONDS,
} from '../semconv';

/** Adds the older names (`semconv=legacy` and `dup`). */
export function addLegacyAttributes(
  attributes: Attributes,
  operation: Operation,
  text: string,
  batch: Batch | undefined,
  keys: readonly string[] | undefined,
): void {
  const { series, ttl } = operation;
  const { system, endpoint, namespace } = series.route.target;
  attributes[LEGACY_ATTR_DB_SYSTEM] = system;
  attributes[LEGACY_ATTR_DB_OPERATION] = series.command.name;
  if (text !== '') attributes[LEGACY_ATTR_DB_STATEMENT] = text;
  if (namespace !== undefined) attributes[LEGACY_ATTR_DB_NAME] = namespace;
  attributes[LEGACY_ATTR_NET_PEER_NAME] = endpoint.address;
  if (endpoint.port !== undefined) attributes[LEGACY_ATTR_NET_PEER_PORT] = endpoint.port;
  if (system === DB_SYSTEM_REDIS) addRedisAttributes(attributes, operation, batch, keys);
  else {
    if (keys?.[0] !== undefined) attributes[LEGACY_ATTR_MEMCACHED_KEY] = keys[0];
    if (ttl >= 0) attributes[LEGACY_ATTR_MEMCACHED_TTL] = ttl;
  }
}

function addRedisAttributes(
  attributes: Attributes,
  { series, row, hits, misses, deletedCount, ttl }: Operation,
  batch: Batch | undefined,
  keys: readonly string[] | undefined,
): void {
  attributes[LEGACY_ATTR_REDIS_COMMAND] = series.command.name;
  if (keys?.[0] !== undefined) attributes[LEGACY_ATTR_REDIS_KEY] = keys[0];
  if (row?.pattern !== undefined) attributes[LEGACY_ATTR_REDIS_KEY_PATTERN] = row.pattern;
  if (hits + misses > 1) attributes[LEGACY_ATTR_REDIS_KEY_COUNT] = hits + misses;
  if (deletedCount >= 0) attributes[LEGACY_ATTR_REDIS_DELETED_COUNT] = deletedCount;
  if (batch !== undefined && batch.size > 1) attributes[LEGACY_ATTR_REDIS_PIPELINE_LENGTH] = batch.size;
  if (ttl >= 0) attributes[LEGACY_ATTR_REDIS_TTL_SECONDS] = ttl;
}
