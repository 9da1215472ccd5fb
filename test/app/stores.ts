import { TTLCache } from '@isaacs/ttlcache';
import { Redis } from 'ioredis';
import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';
import Memcached from 'memcached';
import { Client as MemJS } from 'memjs';
import { createClient } from 'redis';
import { startMemcached, type MemcachedServer } from '../support/memcached-server';
import { startRedis, type RedisServer } from '../support/redis-server';

/** The servers of a `describe`. */
export interface Servers {
  readonly redis: RedisServer;
  readonly memcached: MemcachedServer;
  /** Closes what the `describe` has opened, before the servers stop: else clients try to connect again. */
  closing(close: () => unknown): void;
}

/** Call it in a `describe`: servers of its own, while its tests run. */
export function useServers(): Servers {
  const closes: (() => unknown)[] = [];
  const servers = {
    closing: (close: () => unknown) => void closes.push(close),
  } as { redis: RedisServer; memcached: MemcachedServer; closing: Servers['closing'] };
  before(async () => {
    [servers.redis, servers.memcached] = await Promise.all([startRedis({}), startMemcached()]);
  });
  after(async () => {
    for (const close of closes) await close();
    await Promise.all([servers.redis.stop(), servers.memcached.stop()]);
  });
  return servers;
}

export interface StoreCase {
  readonly name: string;
  /** What is kept is text or bytes. */
  readonly isRemote: boolean;
  open(servers: Servers): Promise<{ store: object; close(): unknown }>;
}

/** A store that knows of nothing but its three methods. */
export class PlainStore {
  readonly #map = new Map<string, unknown>();

  get(key: string): Promise<unknown> {
    return Promise.resolve(this.#map.get(key));
  }

  set(key: string, value: unknown): void {
    this.#map.set(key, value);
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.#map.delete(key));
  }
}

const nothing = (): undefined => undefined;
const local = (name: string, make: () => object): StoreCase => ({
  name,
  isRemote: false,
  open: () => Promise.resolve({ store: make(), close: nothing }),
});

export const STORES: readonly StoreCase[] = [
  local('a Map', () => new Map()),
  local('lru-cache', () => new LRUCache({ max: 1000 })),
  local('@isaacs/ttlcache', () => new TTLCache({ max: 1000 })),
  local('Keyv', () => new Keyv()),
  local('an object', () => new PlainStore()),
  {
    name: 'ioredis',
    isRemote: true,
    open: ({ redis }) => {
      const store = new Redis(redis.port, redis.host);
      return Promise.resolve({ store, close: () => store.disconnect() });
    },
  },
  {
    name: 'redis',
    isRemote: true,
    open: async ({ redis }) => {
      const store = await createClient({ url: redis.url }).connect();
      return { store, close: () => store.destroy() };
    },
  },
  {
    name: 'memjs',
    isRemote: true,
    open: ({ memcached }) => {
      const store = MemJS.create(memcached.location);
      return Promise.resolve({ store, close: () => store.close() });
    },
  },
  {
    name: 'memcached',
    isRemote: true,
    open: ({ memcached }) => {
      const store = new Memcached(memcached.location);
      return Promise.resolve({ store, close: () => store.end() });
    },
  },
];
