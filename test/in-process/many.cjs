'use strict';
// Makes a million caches that nobody keeps, and tells what is left of them.
const { CacheInstrumentation } = require('../../src');
const { createSdk } = require('../support/sdk');

const sdk = createSdk();
const instrumentation = new CacheInstrumentation();
const { LRUCache } = require('lru-cache');

async function entries() {
  const points = (await sdk.collectMetrics()).filter(({ name }) => name === 'cache.entries');
  return { points: points.length, value: points[0]?.value };
}

async function collected() {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    global.gc();
  }
}

async function main() {
  const make = () => new LRUCache({ max: 1 });
  const kept = make();
  kept.set('a', 1);
  for (let i = 0; i < 1000; i++) make().set('a', i);
  await collected();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1_000_000; i++) make().set('a', i);
  await collected();
  const grown = process.memoryUsage().heapUsed - before;
  const first = await entries();
  const late = make();
  late.set('b', 1);
  const second = await entries();
  console.log(JSON.stringify({ grown, first, second, kept: kept.size + late.size }));
  instrumentation.disable();
  await sdk.dispose();
}

void main();
