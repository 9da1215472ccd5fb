'use strict';

/**
 * `node --expose-gc benchmark/limits.js`: what is kept after a million commands with a million distinct keys, and what huge values, keys
 * and pipelines cost. Fails where something is kept, copied, or grows faster than its input.
 */

const { cpuPerCall, get, makeClient, performance, telemetry } = require('./core');
const { belowParent } = require('./sdk');

const MEGABYTE = 1 << 20;
/** Patterns, shapes, hashes of missed keys, latencies: all the tables are bounded, and fit into this. */
const MOST_RETAINED = 2 * MEGABYTE;

function held() {
  globalThis.gc();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + arrayBuffers + external;
}

function verdict(what, holds) {
  if (!holds) process.exitCode = 1;
  process.stdout.write(`${holds ? 'ok' : 'TOO MUCH'}: ${what}\n`);
}

async function retention() {
  const client = makeClient();
  const value = Buffer.alloc(75);
  await cpuPerCall(20_000, (i) => get(client, `user:${i}:profile`, value));
  await drained();
  const before = held();
  await cpuPerCall(1_000_000, (i) => get(client, `user:${1e6 + i}:profile`, i % 2 === 0 ? null : value));
  await drained();
  const retained = held() - before;
  const text = `${(retained / 1024).toFixed(0)} KiB kept after 1,000,000 commands with as many keys`;
  verdict(text, retained <= MOST_RETAINED);
}

/** The SDK has exported what waited. */
function drained() {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

/** How much longer ten times as much may take, the noise of short times included. */
const LINEAR = 15;

function compare(what, sizes, prepare) {
  const times = sizes.map((size) => {
    const run = prepare(size);
    run();
    const before = process.memoryUsage();
    const begin = performance.now();
    run();
    const time = performance.now() - begin;
    const after = process.memoryUsage();
    const copied = after.arrayBuffers + after.external - before.arrayBuffers - before.external;
    verdict(
      `${what} of ${size.toLocaleString('en')}: ${time.toFixed(3)} ms, ${copied} bytes copied`,
      copied < MEGABYTE,
    );
    return time;
  });
  // Below a tenth of a millisecond it is nothing that could be told from noise.
  const grows = times.slice(1).some((time, index) => time > Math.max(0.5, LINEAR * times[index]));
  verdict(`${what}: no faster than its size`, !grows);
}

function badInput() {
  const client = makeClient();
  compare('value (bytes)', [1e6, 1e7, 1e8], (size) => {
    const value = Buffer.alloc(size, 'x');
    return () => get(client, 'big:1:value', value);
  });
  compare('value (text)', [1e6, 1e7, 1e8], (size) => {
    const value = Buffer.alloc(size, 'x').toString('latin1');
    return () => telemetry.succeed(telemetry.begin(client, 'set', ['big:1:value', value], 0), 'OK');
  });
  compare('key', [1e4, 1e5, 1e6], (size) => {
    const key = `user:${'x'.repeat(size)}`;
    return () => get(client, key, null);
  });
  compare('pipeline', [1000, 10_000, 100_000], (size) => () => {
    const series = client.route.named('get');
    const members = Array.from({ length: size }, (_, i) => [`user:${i}:profile`]);
    const batch = telemetry.beginBatch(client, 'PIPELINE');
    for (const args of members) batch.add(series, args, 0);
    for (const args of members) telemetry.memberSucceeded(batch, series, args, 0, null);
    telemetry.finishBatch(batch, undefined, undefined);
  });
}

belowParent(true, async () => {
  badInput();
  await retention();
  process.exit();
}).catch((error) => {
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
