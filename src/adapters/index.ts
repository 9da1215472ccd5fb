import type { Adapter } from '../adapter';
import { ioredis, iovalkey } from './ioredis';
import { memcached } from './memcached';
import { memjs } from './memjs';
import { redis } from './redis';

/** Every client library that is observed. */
export const ADAPTERS: readonly Adapter[] = [ioredis, iovalkey, redis, memjs, memcached];
