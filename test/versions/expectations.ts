/** What is expected of the plain programs in `test/fixtures`, whichever version of their client they run on. */
import type { Expectation } from './summary';

/** `ioredis-app.js` */
const ioredis: Expectation = {
  output: [
    `{ book: '1', pen: '12' }`,
    `[ [ null, 'Zoë' ], [ null, null ] ]`,
    `[ [ null, 1 ], [ null, 2 ] ]`,
    `[ [ null, 3 ], [ null, 4 ] ]`,
    `42`,
    `WRONGTYPE Operation against a key holding the wrong kind of value`,
  ],
  spans: [
    'SET user:*:profile size=4 ttl=60',
    'GET user:*:profile hit size=4',
    'GET user:*:profile miss',
    'MGET user:*:profile hits=1 misses=1 size=4',
    'HSET cart:* size=3',
    'HGETALL cart:* hit size=3',
    'HGETALL cart:* miss',
    'PIPELINE GET user:*:profile batch=2 hits=1 misses=1 size=4',
    'MULTI INCR visits batch=2',
    'MULTI INCR visits batch=2',
    'EVALSHA price:* procedure=addTax',
    'LPUSH user:*:profile error=WRONGTYPE',
    'GET user:*:profile hit size=4',
    'DEL {address} deleted=3',
    'GET user:*:profile miss',
    'GET user:*:profile miss',
  ],
  lookups: { 'cache.hits': 5, 'cache.misses': 6 },
};

/** `redis-app.js` */
const redis: Expectation = {
  output: [
    `get early null`,
    `mGet [ 'early', null ]`,
    `hGetAll {"name":"Ada","city":"London"}`,
    `sendCommand 1`,
    `one tick [ 'early', null ]`,
    `multi [ 'OK', '1', null ]`,
    `pipeline [ '1', null ]`,
    `script 6 11`,
    `error WRONGTYPE Operation against a key holding the wrong kind of value`,
  ],
  spans: [
    'SET session:*:token size=5 ttl=60',
    'GET session:*:token hit size=5',
    'GET session:*:token miss',
    'MGET session:*:token hits=1 misses=1 size=5',
    'HSET user:*:profile size=9',
    'HGETALL user:*:profile hit size=9',
    'EXISTS session:*:token hit',
    'GET session:*:token hit size=5',
    'GET session:*:token miss',
    'MULTI {address} batch=3 hits=1 misses=1 size=2',
    'PIPELINE GET {address} batch=2 hits=1 misses=1 size=1',
    'EVALSHA counter:* procedure=7d6a962aa4923dd6a700f73ce6ad148d2fc16ec9',
    'EVALSHA counter:* procedure=7d6a962aa4923dd6a700f73ce6ad148d2fc16ec9',
    'LPUSH counter:* error=WRONGTYPE',
    'SET session:*:token database=1 size=19',
    'DEL session:*:token database=1 deleted=1',
    'DEL {address} deleted=3',
  ],
  lookups: { 'cache.hits': 7, 'cache.misses': 5 },
};

/** `memjs-app.js` */
const memjs: Expectation = {
  output: [
    `get Zoë null`,
    `add false`,
    `replace true`,
    `append true`,
    `touch true`,
    `increment 5`,
    `increment 7`,
    `decrement 6`,
    `callback Ann!`,
    `append to nothing MemJS APPEND: Item not stored`,
    `delete true true`,
  ],
  spans: [
    'SET user:*:profile size=4 ttl=60',
    'GET user:*:profile hit size=4',
    'GET user:*:profile miss',
    'ADD user:*:profile',
    'REPLACE user:*:profile size=3 ttl=30',
    'APPEND user:*:profile size=1',
    'TOUCH user:*:profile ttl=90',
    'INCR visits',
    'INCR visits',
    'DECR visits',
    'GET user:*:profile hit size=4',
    'APPEND user:*:profile',
    'DELETE user:*:profile deleted=1',
    'DELETE visits deleted=1',
  ],
  lookups: { 'cache.hits': 2, 'cache.misses': 1 },
};

/** `memcached-app.js` */
const memcached: Expectation = {
  output: [
    `get { name: 'Zoë' } undefined`,
    `getMulti [ 'user:1:profile' ]`,
    `cas true`,
    `append true`,
    `touch true`,
    `add Item is not stored`,
    `incr 7`,
    `decr 6`,
    `del true true false`,
  ],
  spans: [
    'SET user:*:profile size=15 ttl=60',
    'GET user:*:profile hit size=15',
    'GET user:*:profile miss',
    'GET user:*:profile hits=1 misses=2 size=15',
    'GETS user:*:profile hit size=15',
    'CAS user:*:profile size=3 ttl=30',
    'APPEND user:*:profile size=1',
    'TOUCH user:*:profile ttl=90',
    'ADD user:*:profile',
    'SET visits size=1',
    'INCR visits',
    'DECR visits',
    'DELETE user:*:profile deleted=1',
    'DELETE visits deleted=1',
    'DELETE visits deleted=0',
  ],
  lookups: { 'cache.hits': 3, 'cache.misses': 3 },
};

/** `pools-app.js` */
const pools: Expectation = {
  output: [`exhausted TimeoutError`, `get book`],
  spans: ['SET cart:* size=4 ttl=60', 'GET cart:* hit size=4'],
  lookups: { 'cache.hits': 1, 'cache.misses': 0 },
  connections: {
    'db.client.connection.timeouts': 1,
    'db.client.connection.create_time': 2,
    'db.client.connection.wait_time': 3,
    'db.client.connection.use_time': 3,
  },
};

/** `sync-caches-app.js` and `.mjs`, less the evictions, which differ. */
const syncCaches: Expectation = {
  output: [`there name 6`, `not there undefined`, `nothing true`, `empty ""`, `false false true`, `deleted undefined`],
  spans: [],
  lookups: { 'cache.hits': 4, 'cache.misses': 2 },
  counts: { 'cache.operations get': 6, 'cache.operations set': 9, 'cache.operations delete': 1 },
};

/** `async-caches-app.js` and `.mjs`. */
const asyncCaches: Expectation = {
  output: [`there Zoë`, `not there nothing`, `deleted nothing`],
  spans: ['cache.set', 'cache.get hit', 'cache.get miss', 'cache.delete', 'cache.get miss'],
  lookups: { 'cache.hits': 1, 'cache.misses': 2 },
  counts: { 'cache.operations set': 1, 'cache.operations get': 3, 'cache.operations delete': 1 },
};

export const EXPECTATIONS = {
  ioredis,
  redis,
  memjs,
  memcached,
  pools,
  'sync-caches': syncCaches,
  'async-caches': asyncCaches,
};
