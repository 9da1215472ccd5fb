/** Real servers for tests, each on loopback ports of its own, none of which outlives the test process. */
export { startMemcached, type MemcachedServer } from './memcached-server';
export { startRedisCluster, type RedisCluster } from './redis-cluster';
export { freePort, startRedis, type RedisOptions, type RedisServer } from './redis-server';
export { startSentinel, type SentinelSet } from './sentinel';
