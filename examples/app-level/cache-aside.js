'use strict';
// Cache-aside: the application reads through the cache, writes to the database, and tells the cache what has changed.
//
//   REDIS_URL=redis://localhost:6379 node --require opentelemetry-instrumentation-cache/register examples/app-level/cache-aside.js

const { Redis } = require('ioredis');
const { CacheAside, TracedCache } = require('opentelemetry-instrumentation-cache');
const { findProduct, saveProduct } = require('./database');

async function main() {
  const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost:6379');
  const cache = new TracedCache('products', redis, { prefix: 'aside:product:', ttl: '5m' });
  const products = new CacheAside(cache, { load: findProduct });

  const all = await Promise.all(Array.from({ length: 50 }, () => products.get('17')));
  console.log(`${all.length} callers got: ${all[0].name}`);
  await saveProduct({ id: '17', name: 'Chair' });
  console.log(`before the invalidation: ${(await products.get('17')).name}`);
  await products.invalidate('17');
  console.log(`after it: ${(await products.get('17')).name}`);
  await products.invalidate('17');
  redis.disconnect();
}

main();
