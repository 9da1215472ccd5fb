import type { Adapter } from '../adapter';
import { genericPool, tarn } from '../pools';
import { ioredis, iovalkey } from './ioredis';
import { memcached } from './memcached';
import { memjs } from './memjs';
import { redis } from './redis';

/** Every library that is observed. */
export const ADAPTERS: readonly Adapter[] = [ioredis, iovalkey, redis, memjs, memcached, genericPool, tarn];
