'use strict';
// Makes pools and lets go of them. Prints how many are told before and after, and how often their factories were called.
const { setTimeout: sleep } = require('node:timers/promises');
const { CacheInstrumentation } = require('../../src');
const { livePools } = require('../../src/telemetry/observed-pools');

const instrumentation = new CacheInstrumentation();
const { createPool } = require('generic-pool');
const Redis = require('ioredis');
const { Pool } = require('tarn');

const options = { lazyConnect: true };
const create = () => Promise.resolve(new Redis(options));
const destroy = () => Promise.resolve();

async function usePools() {
  const kept = [];
  for (let i = 0; i < 20; i++) {
    const pool = createPool({ create, destroy }, { max: 2 });
    pool.release(await pool.acquire());
    // A long interval, for a timer keeps a pool that has connections.
    const other = new Pool({ min: 0, max: 2, create, destroy, reapIntervalMillis: 20, idleTimeoutMillis: 1 });
    other.release(await other.acquire().promise);
    kept.push(pool, other);
  }
  return [...livePools()].length;
}

async function main() {
  const before = await usePools();
  let after = before;
  for (let i = 0; i < 50 && after > 0; i++) {
    await sleep(20);
    global.gc();
    after = [...livePools()].length;
  }
  console.log(JSON.stringify({ before, after }));
  instrumentation.disable();
}

void main();
