/* eslint-disable @typescript-eslint/no-explicit-any -- the libraries as an application that is not typed has them */

/** A library of caches in the process, that answer at once or with promises. */
export interface InProcessLibrary {
  readonly packageName: string;
  readonly make: (exports: any) => any;
  /** Calls that succeed and calls that do not, the same each time. */
  readonly calls: readonly ((cache: any) => unknown)[];
  /** So many properties are patched at least. */
  readonly patched: number;
}

const loads = (value: unknown) => () => value;
const failing = () => Promise.reject(new RangeError('no'));
const fails = (): never => {
  throw new RangeError('no');
};

/** What all have that are like a Map. */
const MAP: InProcessLibrary['calls'] = [
  (cache) => cache.set('a', 1) === cache,
  (cache) => cache.get('a'),
  (cache) => cache.get('b'),
  (cache) => cache.get(),
  (cache) => cache.has('a'),
  (cache) => cache.delete('a'),
  (cache) => cache.delete('a'),
  (cache) => cache.set('c', null) && cache.get('c'),
  (cache) => cache.clear(),
  (cache) => cache.set('d', 1, { ttl: 'long', maxAge: 'long' }) === cache,
];

/** What all have that answer with promises. */
const ASYNC: InProcessLibrary['calls'] = [
  (cache) => cache.set('a', { id: 1 }),
  (cache) => cache.get('a'),
  (cache) => cache.get('b'),
  (cache) => cache.delete?.('a'),
  (cache) => cache.set('c', 1, 'soon'),
  (cache) => cache.get(),
  (cache) => cache.clear(),
  (cache) => cache.get('c'),
];

export const IN_PROCESS_LIBRARIES: readonly InProcessLibrary[] = [
  {
    packageName: 'lru-cache',
    make: ({ LRUCache }) => new LRUCache({ max: 2, fetchMethod: failing, memoMethod: fails }),
    calls: [
      ...MAP,
      (cache) => cache.fetch('x'),
      (cache) => cache.memo('x'),
      (cache) => cache.set('x', 1, { size: -1 }),
      (cache) => [...cache.entries()],
    ],
    patched: 5,
  },
  {
    packageName: 'node-cache',
    make: (NodeCache) => new NodeCache({ checkperiod: 0, maxKeys: 2 }),
    calls: [
      (cache) => cache.set('a', { id: 1 }),
      (cache) => cache.get('a'),
      (cache) => cache.get({}),
      (cache) => cache.mget(['a', 'b']),
      (cache) => cache.mget('a'),
      (cache) => cache.mset([{ key: 'b', val: 2 }]),
      (cache) => cache.set('c', 3),
      (cache) => cache.take('a'),
      (cache) => cache.ttl('b', 10),
      (cache) => cache.del(['a', 'b']),
      (cache) => cache.flushAll(),
      (cache) => cache.getStats(),
    ],
    patched: 5,
  },
  {
    packageName: '@isaacs/ttlcache',
    make: ({ TTLCache }) => new TTLCache({ max: 2, ttl: 60_000 }),
    calls: [...MAP, (cache) => cache.set('e', 1, { ttl: -1 }), (cache) => [...cache.keys()]],
    patched: 3,
  },
  {
    packageName: 'quick-lru',
    make: ({ default: QuickLRU }) => new QuickLRU({ maxSize: 2 }),
    calls: [...MAP, (cache) => cache.resize(-1), (cache) => [...cache.keys()], (cache) => cache.peek('a')],
    patched: 3,
  },
  {
    packageName: 'keyv',
    make: ({ Keyv }) => new Keyv({ deserialize: JSON.parse, serialize: JSON.stringify }),
    calls: [
      ...ASYNC,
      (cache) => cache.set('big', 1n),
      (cache) => cache.getMany(['a', 'b']),
      (cache) => cache.has('a'),
      (cache) => cache.setMany([{ key: 'm', value: 1 }]),
      (cache) => cache.deleteMany(['m']),
      (cache) => cache.setMany(undefined),
    ],
    patched: 8,
  },
  {
    packageName: 'cache-manager',
    make: ({ createCache }) => createCache(),
    calls: [
      (cache) => cache.set('a', 1),
      (cache) => cache.get('a'),
      (cache) => cache.mset([{ key: 'b', value: 2 }]),
      (cache) => cache.mget(['a', 'x']),
      (cache) => cache.mset(),
      (cache) => cache.wrap('w', loads(1)),
      (cache) => cache.wrap('w', failing),
      (cache) => cache.wrap('f', failing),
      (cache) => cache.wrap('g', fails),
      (cache) => cache.del('a'),
      (cache) => cache.clear(),
    ],
    patched: 1,
  },
  {
    packageName: 'cacheable',
    make: ({ Cacheable }) => new Cacheable(),
    calls: [
      ...ASYNC,
      (cache) => cache.getOrSet('w', loads(1)),
      (cache) => cache.getOrSet('f', failing, { throwErrors: true }),
      (cache) => cache.getOrSet('f', failing),
      (cache) => cache.getMany(['a', 'w']),
      (cache) => cache.setMany(),
    ],
    patched: 8,
  },
  {
    packageName: 'unstorage',
    make: ({ createStorage }) => createStorage(),
    calls: [
      (cache) => cache.setItem('a', { id: 1 }),
      (cache) => cache.getItem('a'),
      (cache) => cache.getItem('b'),
      (cache) => cache.setItem('big', 1n),
      (cache) => cache.hasItem('a'),
      (cache) => cache.getItems(['a', 'b']),
      (cache) => cache.removeItem('a'),
      (cache) => cache.getItems(),
      (cache) => cache.clear(),
    ],
    patched: 1,
  },
  {
    packageName: 'bentocache',
    make: ({ BentoCache, bentostore }) => {
      const drivers = (
        module.require('bentocache/drivers/memory') as { memoryDriver: (options: object) => unknown }
      ).memoryDriver({});
      return new BentoCache({ default: 'users', stores: { users: bentostore().useL1Layer(drivers) } });
    },
    calls: [
      (cache) => cache.set({ key: 'a', value: 1 }),
      (cache) => cache.get({ key: 'a' }),
      (cache) => cache.get({ key: 'b' }),
      (cache) => cache.getOrSet({ key: 'w', factory: loads(1) }),
      (cache) => cache.getOrSet({ key: 'f', factory: failing }),
      (cache) => cache.getOrSet({ key: 'g', factory: fails }),
      (cache) => cache.set(),
      (cache) => cache.delete({ key: 'a' }),
      (cache) => cache.clear(),
    ],
    patched: 1,
  },
];
