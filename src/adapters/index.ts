import type { Adapter } from '../adapter';
import { ioredis, iovalkey } from './ioredis';
import { memcached } from './memcached';
import { memjs } from './memjs';

/** Every client library that is observed. */
export const ADAPTERS: readonly Adapter[] = [ioredis, iovalkey, memjs, memcached];
