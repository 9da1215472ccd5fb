'use strict';
// Two levels: a small lru-cache in the process before Redis. What one process deletes, the others forget.
//
//   REDIS_URL=redis://localhost:6379 node --require opentelemetry-instrumentation-cache/register examples/app-level/two-levels.js

const { Redis } = require('ioredis');
const { LRUCache } = require('lru-cache');
const { MultiLevelCache } = require('opentelemetry-instrumentation-cache');
const { findProduct } = require('./database');

/** The same service in two processes would have these two. */
function open(redis) {
  const levels = [{ store: new LRUCache({ max: 500 }), ttl: '10s' }, redis];
  return new MultiLevelCache(levels, { name: 'products', prefix: 'levels:product:', ttl: '5m' });
}

async function timed(what, call) {
  const began = performance.now();
  const { name } = (await call()) ?? { name: 'nothing' };
  console.log(`${what}: ${name}, ${(performance.now() - began).toFixed(1)} ms`);
}

async function main() {
  const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost:6379');
  const [one, other] = [open(redis), open(redis)];
  await Promise.all([one.ready(), other.ready()]);
  const read = (cache) => () => cache.getOrSet('17', () => findProduct('17'));
  await timed('from the database', read(one));
  await timed('from the process', read(one));
  await timed('from Redis', read(other));
  await one.delete('17');
  await timed('after the deletion', () => one.get('17'));
  await Promise.all([one.close(), other.close()]);
  redis.disconnect();
}

main();
