'use strict';

/**
 * `node benchmark/get-or-set.js`: what a `getOrSet` costs, ours with its telemetry beside the same done with libraries that have none.
 *
 * Everything is in the process, so that only the wrappers are measured: keys that are hit, and keys that are missed, loaded and kept.
 * Each contestant runs in a process of its own, in several rounds of alternating order; the median counts.
 *
 * Options: --rounds=5 --calls=100000
 */

const { execFileSync } = require('node:child_process');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { parseArgs } = require('node:util');
const { VERSIONS } = require('./clients');
const { installInto } = require('./rounds');
const { belowParent, startSdk } = require('./sdk');

const FOLDER = 'get-or-set';
const PACKAGES = { 'async-cache-dedupe': '3.4.0', bentocache: '1.6.1', 'cache-manager': '7.2.9' };
/** So many keys are asked for in turn; in flight are as many calls as a busy service has. */
const KEYS = 1000;
const IN_FLIGHT = 50;
const TTL_SECONDS = 60;

/** Some of the libraries are ES modules only. */
const load = (name) => import(pathToFileURL(createRequire(join(VERSIONS, FOLDER, 'package.json')).resolve(name)).href);

const loader = async (key) => ({ id: key, name: 'Product' });

/** With the metric producer that the preload uses too. */
function ours() {
  const { CacheInstrumentation, cacheMetricProducer, TracedCache } = require('../build');
  startSdk({ metricProducers: [cacheMetricProducer()] });
  new CacheInstrumentation();
  const cache = new TracedCache('products', new Map(), { ttl: TTL_SECONDS });
  return (key) => cache.getOrSet(key, () => loader(key));
}

/** Each gives a function that gets the value of a key, or loads it. */
const CONTESTANTS = {
  'ours, metrics': ours,
  'ours, metrics and spans': ours,
  'cache-manager': async () => {
    const { createCache } = await load('cache-manager');
    const cache = createCache({ ttl: TTL_SECONDS * 1000 });
    return (key) => cache.wrap(key, () => loader(key));
  },
  bentocache: async () => {
    const { BentoCache, bentostore } = await load('bentocache');
    const { memoryDriver } = await load('bentocache/drivers/memory');
    const memory = memoryDriver({ maxItems: 1e6, serialize: false });
    const cache = new BentoCache({ default: 'memory', stores: { memory: bentostore().useL1Layer(memory) } });
    return (key) => cache.getOrSet({ key, ttl: `${TTL_SECONDS}s`, factory: () => loader(key) });
  },
  'async-cache-dedupe': async () => {
    const { createCache } = await load('async-cache-dedupe');
    const cache = createCache({ ttl: TTL_SECONDS, storage: { type: 'memory', options: { size: 1e6 } } });
    cache.define('product', loader);
    return (key) => cache.product(key);
  },
};

function repeat(call, calls) {
  let next = 0;
  const worker = async () => {
    while (next < calls) await call(next++);
  };
  return Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** Nanoseconds of CPU time per call. */
async function measure(call, calls) {
  globalThis.gc();
  const before = process.cpuUsage();
  await repeat(call, calls);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

async function runContestant(name, calls) {
  const get = await CONTESTANTS[name]();
  const hit = (i) => get(`product:${i % KEYS}`);
  let missed = 0;
  const miss = () => get(`missed:${missed++}`);
  const run = async () => {
    await repeat(hit, calls / 2);
    await repeat(miss, calls / 10);
    return { hit: await measure(hit, calls), miss: await measure(miss, calls / 5) };
  };
  const result = name.startsWith('ours') ? await belowParent(name.endsWith('spans'), run) : await run();
  process.stdout.write(JSON.stringify(result), () => process.exit());
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function runAll(rounds, calls) {
  installInto(FOLDER, PACKAGES);
  const names = Object.keys(CONTESTANTS);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const args = ['--expose-gc', __filename, `--contestant=${name}`, `--calls=${calls}`];
      results[name].push(JSON.parse(execFileSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })));
    }
  }
  console.log('CPU time per call, median of the rounds (least to most), in nanoseconds');
  for (const kind of ['hit', 'miss']) {
    for (const name of names) {
      const all = results[name].map((result) => Math.round(result[kind]));
      const range = `(${Math.min(...all)} to ${Math.max(...all)})`;
      console.log(`  ${kind.padEnd(4)}  ${name.padEnd(24)}${String(median(all)).padStart(7)}  ${range}`);
    }
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    calls: { type: 'string', default: '100000' },
    contestant: { type: 'string' },
  },
});
if (values.contestant === undefined) runAll(Number(values.rounds), Number(values.calls));
else {
  runContestant(values.contestant, Number(values.calls)).catch((error) => {
    process.stderr.write(`${error.stack}\n`, () => process.exit(1));
  });
}
