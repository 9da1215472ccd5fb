import type { Adapter } from '../adapter';
import { genericPool, tarn } from '../pools';
import { ioredis, iovalkey } from './ioredis';
import { lruCache } from './lru-cache';
import { memcached } from './memcached';
import { memjs } from './memjs';
import { nodeCache } from './node-cache';
import { quickLru } from './quick-lru';
import { redis } from './redis';
import { ttlcache } from './ttlcache';

/** Every library that is observed. */
export const ADAPTERS: readonly Adapter[] = [
  ioredis,
  iovalkey,
  redis,
  memjs,
  memcached,
  lruCache,
  nodeCache,
  ttlcache,
  quickLru,
  genericPool,
  tarn,
];
