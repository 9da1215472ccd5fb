'use strict';
// Write-through: what is saved goes to the database first and then to the cache. A cache that fails does not fail the save.
//
//   REDIS_URL=redis://localhost:6379 node --require opentelemetry-instrumentation-cache/register examples/app-level/write-through.js

const { Redis } = require('ioredis');
const { TracedCache, WriteThroughCache } = require('opentelemetry-instrumentation-cache');
const { findProduct, saveProduct } = require('./database');

async function main() {
  const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost:6379');
  const cache = new TracedCache('products', redis, { prefix: 'through:product:', ttl: '5m' });
  const products = new WriteThroughCache(cache, {
    load: findProduct,
    save: (_id, product) => saveProduct(product),
  });

  await redis.ping();
  const { cached } = await products.save('17', { id: '17', name: 'Chair' });
  console.log(`saved, and in the cache: ${cached}`);
  console.log(`read: ${(await products.get('17')).name}`);
  redis.disconnect();
  const without = await products.save('17', { id: '17', name: 'Table' });
  console.log(`saved without Redis, and in the cache: ${without.cached}`);
  console.log(`read: ${(await products.get('17')).name}`);
}

main();
