import type { Adapter } from '../adapter';
import { genericPool, tarn } from '../pools';
import { bentocache } from './bentocache';
import { cacheManager } from './cache-manager';
import { cacheable } from './cacheable';
import { ioredis, iovalkey } from './ioredis';
import { keyv } from './keyv';
import { lruCache } from './lru-cache';
import { memcached } from './memcached';
import { memjs } from './memjs';
import { nodeCache } from './node-cache';
import { quickLru } from './quick-lru';
import { redis } from './redis';
import { ttlcache } from './ttlcache';
import { unstorage } from './unstorage';

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
  keyv,
  cacheManager,
  cacheable,
  unstorage,
  bentocache,
  genericPool,
  tarn,
];
