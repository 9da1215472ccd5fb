import type { Adapter } from '../adapter';
import { ioredis, iovalkey } from './ioredis';

/** Every client library that is observed. */
export const ADAPTERS: readonly Adapter[] = [ioredis, iovalkey];
