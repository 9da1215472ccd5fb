'use strict';
// Prints what counts of caches that are made of others, in a program without a context manager.
const { context } = require('@opentelemetry/api');
const { CacheInstrumentation } = require('../../src');
const { createSdk } = require('../support/sdk');

const sdk = createSdk();
context.disable();
const instrumentation = new CacheInstrumentation();
const { createCache } = require('cache-manager');
const { Cacheable } = require('cacheable');
const { Keyv } = require('keyv');

async function main() {
  const caches = {
    orders: createCache({ cacheId: 'orders', stores: [new Keyv(), new Keyv()] }),
    prices: new Cacheable({ namespace: 'prices', secondary: new Keyv() }),
    users: createCache({ cacheId: 'users' }),
  };
  await caches.orders.get('a');
  await caches.prices.getOrSet('a', () => caches.users.wrap('a', async () => 1));
  const points = await sdk.collectMetrics();
  const counted = points.filter(({ name, value }) => /^cache\.(operations|misses)$/.test(name) && value > 0);
  const told = counted.map(({ attributes, name, value }) => [
    attributes['cache.name'],
    attributes['cache.operation'] ?? name,
    value,
  ]);
  console.log(JSON.stringify(told));
  instrumentation.disable();
  await sdk.dispose();
}

void main();
