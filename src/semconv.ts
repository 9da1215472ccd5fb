/**
 * Every attribute and metric name that this package emits. Tests, README tables, dashboards and alert rules take
 * their names from here.
 *
 * Names of the stable database conventions are those of `@opentelemetry/semantic-conventions`; nothing under
 * `cache.*` is defined by the conventions (1.45).
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-spans/
 */

import * as conventions from '@opentelemetry/semantic-conventions';

export const {
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
  METRIC_DB_CLIENT_OPERATION_DURATION,
} = conventions;

/** Instrumentation scope of every span and of every metric but the legacy ones. */
export const SCOPE_NAME = 'opentelemetry-instrumentation-cache';
/** Instrumentation scope of the metrics with older names. */
export const LEGACY_SCOPE_NAME = `${SCOPE_NAME}/legacy`;

export const ATTR_CACHE_NAME = 'cache.name';
export const ATTR_CACHE_OPERATION = 'cache.operation';
export const ATTR_CACHE_KEY_PATTERN = 'cache.key_pattern';
export const ATTR_CACHE_KEY = 'cache.key';
export const ATTR_CACHE_LEVEL = 'cache.level';
export const ATTR_CACHE_LEVELS = 'cache.levels';
export const ATTR_CACHE_HIT_LEVEL = 'cache.hit_level';
export const ATTR_CACHE_PATTERN = 'cache.pattern';
export const ATTR_CACHE_COALESCED = 'cache.coalesced';
export const ATTR_CACHE_HIT = 'cache.hit';
export const ATTR_CACHE_KEY_COUNT = 'cache.key_count';
export const ATTR_CACHE_HITS = 'cache.hits';
export const ATTR_CACHE_MISSES = 'cache.misses';
export const ATTR_CACHE_HIT_RATE = 'cache.hit_rate';
export const ATTR_CACHE_VALUE_SIZE = 'cache.value_size';
export const ATTR_CACHE_TTL = 'cache.ttl';
export const ATTR_CACHE_REPEATED_MISS = 'cache.repeated_miss';
export const ATTR_CACHE_DELETED_COUNT = 'cache.deleted_count';
export const ATTR_CACHE_QUEUE_TIME = 'cache.queue_time';
export const ATTR_CACHE_EVICTION_REASON = 'cache.eviction.reason';

/** On a parent span: many lookups of one key pattern, each for one key. */
export const EVENT_CACHE_SINGLE_LOOKUPS = 'cache.single_lookups';

/** In development in the conventions. */
export const ATTR_DB_CLIENT_CONNECTION_POOL_NAME = 'db.client.connection.pool.name';
export const ATTR_DB_CLIENT_CONNECTION_STATE = 'db.client.connection.state';

export const METRIC_CACHE_OPERATIONS = 'cache.operations';
export const METRIC_CACHE_HITS = 'cache.hits';
export const METRIC_CACHE_MISSES = 'cache.misses';
export const METRIC_CACHE_HIT_RATE = 'cache.hit_rate';
export const METRIC_CACHE_VALUE_SIZE = 'cache.value_size';
export const METRIC_CACHE_OPERATION_DURATION = 'cache.operation.duration';
export const METRIC_CACHE_LOAD_DURATION = 'cache.load.duration';
export const METRIC_CACHE_COALESCED = 'cache.coalesced';
export const METRIC_CACHE_REPEATED_MISSES = 'cache.repeated_misses';
export const METRIC_CACHE_WRITES_WITHOUT_TTL = 'cache.writes_without_ttl';
export const METRIC_CACHE_EVICTIONS = 'cache.evictions';
export const METRIC_CACHE_ENTRIES = 'cache.entries';
export const METRIC_CACHE_ESTIMATED_SIZE = 'cache.estimated_size';

/**
 * In development in the conventions.
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#connection-pools
 */
export const METRIC_DB_CLIENT_CONNECTION_COUNT = 'db.client.connection.count';
export const METRIC_DB_CLIENT_CONNECTION_LIMIT = 'db.client.connection.limit';
export const METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS = 'db.client.connection.pending_requests';
export const METRIC_DB_CLIENT_CONNECTION_TIMEOUTS = 'db.client.connection.timeouts';
export const METRIC_DB_CLIENT_CONNECTION_CREATE_TIME = 'db.client.connection.create_time';
export const METRIC_DB_CLIENT_CONNECTION_WAIT_TIME = 'db.client.connection.wait_time';
export const METRIC_DB_CLIENT_CONNECTION_USE_TIME = 'db.client.connection.use_time';

/** Values of `db.client.connection.state`. */
export const CONNECTION_STATE_IDLE = 'idle';
export const CONNECTION_STATE_USED = 'used';

/** Values of `db.system.name`. */
export const DB_SYSTEM_REDIS = 'redis';
export const DB_SYSTEM_MEMCACHED = 'memcached';

/** Older names, emitted with `semconv=legacy` and `semconv=dup`. */
export const LEGACY_ATTR_DB_SYSTEM = 'db.system';
export const LEGACY_ATTR_DB_NAME = 'db.name';
export const LEGACY_ATTR_DB_OPERATION = 'db.operation';
export const LEGACY_ATTR_DB_STATEMENT = 'db.statement';
export const LEGACY_ATTR_NET_PEER_NAME = 'net.peer.name';
export const LEGACY_ATTR_NET_PEER_PORT = 'net.peer.port';
export const LEGACY_ATTR_REDIS_COMMAND = 'db.redis.command';
export const LEGACY_ATTR_REDIS_KEY = 'db.redis.key';
export const LEGACY_ATTR_MEMCACHED_KEY = 'db.memcached.key';
export const LEGACY_ATTR_REDIS_KEY_PATTERN = 'db.redis.key_pattern';
export const LEGACY_ATTR_REDIS_KEY_COUNT = 'db.redis.key_count';
export const LEGACY_ATTR_REDIS_DELETED_COUNT = 'db.redis.deleted_count';
export const LEGACY_ATTR_REDIS_PIPELINE_LENGTH = 'db.redis.pipeline_length';
export const LEGACY_ATTR_REDIS_TTL_SECONDS = 'db.redis.ttl_seconds';
export const LEGACY_ATTR_MEMCACHED_TTL = 'db.memcached.ttl';

export const LEGACY_METRIC_CACHE_LATENCY = 'cache.latency';
export const LEGACY_METRIC_REDIS_POOL_SIZE = 'redis.pool.size';
export const LEGACY_METRIC_REDIS_POOL_AVAILABLE = 'redis.pool.available';
export const LEGACY_METRIC_REDIS_POOL_PENDING = 'redis.pool.pending';
export const LEGACY_METRIC_REDIS_POOL_ACQUIRE_TIME = 'redis.pool.acquire_time';
