'use strict';
// Prints what the instruments and what a producer tell of the same caches in this process.
const { CacheInstrumentation, cacheMetricProducer } = require('../../src');
const { createSdk } = require('../support/sdk');

const temporality = process.argv[2];
const sdk = createSdk({ temporality });
const instrumentation = new CacheInstrumentation();
const { LRUCache } = require('lru-cache');
const NodeCache = require('node-cache');

async function collect(of) {
  const points = await of.collectMetrics();
  return points
    .map(({ name, unit, description, type, monotonic, attributes, value }) => {
      return { name, unit, description, type, monotonic, attributes, value };
    })
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

async function main() {
  const cache = new LRUCache({ maxSize: 10, sizeCalculation: () => 4 });
  const other = new NodeCache();
  for (const key of ['a', 'b', 'c']) {
    cache.set(key, key);
    other.set(key, key);
  }
  cache.get('a');
  cache.get('c');
  other.mget(['a', 'x']);
  const told = await collect(sdk);
  const producing = createSdk({ temporality, global: false, metricProducers: [cacheMetricProducer({ temporality })] });
  const produced = await collect(producing);
  console.log(JSON.stringify({ told, produced, kept: cache.size + other.keys().length }));
  instrumentation.disable();
  await producing.dispose();
  await sdk.dispose();
}

void main();
