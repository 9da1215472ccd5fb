'use strict';
// Prints what the instruments and what a producer tell of the same pool, which is exhausted.
const { CacheInstrumentation, cacheMetricProducer } = require('../../src');
const { createSdk } = require('../support/sdk');

const temporality = process.argv[2];
const sdk = createSdk({ temporality });
const instrumentation = new CacheInstrumentation({ semconv: process.argv[3] });
const { createPool } = require('generic-pool');
const Redis = require('ioredis');

async function collect(of) {
  const points = await of.collectMetrics();
  return points
    .filter(({ name }) => /^(db\.client\.connection|redis\.pool)\./.test(name))
    .map(({ scope, name, unit, description, type, monotonic, attributes, value, histogram }) => {
      const counts = histogram && { count: histogram.count, bounds: histogram.bounds };
      return { scope: scope.name, name, unit, description, type, monotonic, attributes, value, counts };
    })
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

async function main() {
  const client = new Redis({ port: Number(process.argv[4]), lazyConnect: true, connectionName: 'both' });
  // On a busy machine it takes longer than a request to the pool may.
  await client.connect();
  const pool = createPool(
    { create: async () => client, destroy: async () => client.disconnect() },
    { max: 1, acquireTimeoutMillis: 1000 },
  );
  await pool.release(await pool.acquire());
  const only = await pool.acquire();
  await pool.acquire().catch(() => undefined);
  const waiting = pool.acquire().catch(() => undefined);
  const told = await collect(sdk);
  const other = createSdk({ temporality, global: false, metricProducers: [cacheMetricProducer({ temporality })] });
  const produced = await collect(other);
  console.log(JSON.stringify({ told, produced }));
  await waiting;
  await pool.release(only);
  await pool.drain();
  const after = await collect(other);
  console.log(JSON.stringify(after.filter(({ type }) => type !== 'histogram').map(({ name }) => name)));
  await pool.clear();
  instrumentation.disable();
  await other.dispose();
  await sdk.dispose();
}

void main();
