'use strict';

/**
 * `node benchmark/get-or-set.js`: what a `getOrSet` costs, ours with its telemetry beside the same done with libraries that have none.
 *
 * Everything is in the process, so that only the wrappers are measured: keys that are hit, and keys that are missed, loaded and kept.
 * All have what an application with OpenTelemetry has: an SDK, and its context manager with a span active, for that alone makes every
 * promise dearer. Ours has the SDK that the preload starts, once below a parent that is not sampled and once below one that is.
 *
 * Each contestant has a process of its own in each round; these take turns, and the order is reversed every other turn: whatever
 * disturbs the machine meets all of them alike. A round's figure is the median of its turns, and the median of the rounds counts; for
 * the ratio, each turn is compared with the one of the same moment.
 *
 * Options: --rounds=3 --turns=15 --calls=20000 (of hits in one turn; a fifth of that are misses)
 */

const { createRequire } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { parseArgs } = require('node:util');
const { answerParent, Child, stayOnOneCore, takeTurns } = require('./children');
const { VERSIONS } = require('./clients');
const { compareTurns, installInto, median } = require('./rounds');
const { belowParent, settle, startPreload, startSdk } = require('./sdk');

const FOLDER = 'get-or-set';
const PACKAGES = { 'async-cache-dedupe': '3.4.0', bentocache: '1.6.1', 'cache-manager': '7.2.9' };
/** So many keys are asked for in turn; in flight are as many calls as a busy service has. */
const KEYS = 1000;
const IN_FLIGHT = 50;
const TTL_SECONDS = 60;
/** Calls after which everything that is hot is compiled. */
const WARMUP = 20_000;

/** Some of the libraries are ES modules only. */
const load = (name) => import(pathToFileURL(createRequire(join(VERSIONS, FOLDER, 'package.json')).resolve(name)).href);

const loader = async (key) => ({ id: key, name: 'Product' });

function ours() {
  const { TracedCache } = require('../build');
  const cache = new TracedCache('products', new Map(), { ttl: TTL_SECONDS });
  return (key) => cache.getOrSet(key, () => loader(key));
}

/** Each gives a function that gets the value of a key, or loads it. */
const CONTESTANTS = {
  'ours, not sampled': { start: startPreload, sampled: false, make: ours },
  'ours, spans recorded': { start: startPreload, sampled: true, make: ours },
  'cache-manager': {
    start: startSdk,
    sampled: false,
    make: async () => {
      const { createCache } = await load('cache-manager');
      const cache = createCache({ ttl: TTL_SECONDS * 1000 });
      return (key) => cache.wrap(key, () => loader(key));
    },
  },
  bentocache: {
    start: startSdk,
    sampled: false,
    make: async () => {
      const { BentoCache, bentostore } = await load('bentocache');
      const { memoryDriver } = await load('bentocache/drivers/memory');
      const memory = memoryDriver({ maxItems: 1e6, serialize: false });
      const cache = new BentoCache({ default: 'memory', stores: { memory: bentostore().useL1Layer(memory) } });
      return (key) => cache.getOrSet({ key, ttl: `${TTL_SECONDS}s`, factory: () => loader(key) });
    },
  },
  'async-cache-dedupe': {
    start: startSdk,
    sampled: false,
    make: async () => {
      const { createCache } = await load('async-cache-dedupe');
      const cache = createCache({ ttl: TTL_SECONDS, storage: { type: 'memory', options: { size: 1e6 } } });
      cache.define('product', loader);
      return (key) => cache.product(key);
    },
  },
};

function repeat(call, calls) {
  let next = 0;
  const worker = async () => {
    while (next < calls) {
      next++;
      await call();
    }
  };
  return Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** Nanoseconds of CPU time per call. */
async function measure(call, calls) {
  const before = process.cpuUsage();
  await repeat(call, calls);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

/** In a process of its own: one turn for each message. */
async function contend({ start, sampled, make }) {
  start();
  await settle();
  const get = await make();
  let hits = 0;
  let misses = 0;
  const kinds = { hit: () => get(`product:${hits++ % KEYS}`), miss: () => get(`missed:${misses++}`) };
  answerParent(async ({ kind, calls }) => belowParent(sampled, () => measure(kinds[kind], calls)));
}

/** @returns for each kind of call the turns of each contestant */
async function runRound(names, turns, calls) {
  const contestants = names.map((name) => new Child(__filename, [`--contestant=${name}`]));
  const jobs = { hit: calls, miss: calls / 5 };
  try {
    const results = {};
    for (const kind of Object.keys(jobs)) {
      for (const one of contestants) await one.ask({ kind, calls: WARMUP });
      results[kind] = await takeTurns(contestants, turns, { kind, calls: jobs[kind] });
    }
    return results;
  } finally {
    await Promise.all(contestants.map((one) => one.end()));
  }
}

async function runAll(rounds, turns, calls, only) {
  installInto(FOLDER, PACKAGES);
  stayOnOneCore();
  const names = Object.keys(CONTESTANTS).filter((name) => name.includes(only));
  const results = [];
  for (let round = 0; round < rounds; round++) results.push(await runRound(names, turns, calls));
  console.log(
    'CPU time per call in nanoseconds, median of the rounds (least to most); beside the fastest of the others',
  );
  for (const kind of ['hit', 'miss']) {
    const turnsOf = (index) => results.map((round) => round[kind][index]);
    tell(kind, names, [...names.keys()].map(turnsOf));
  }
}

/** @param rounds for each contestant the turns of its rounds */
function tell(kind, names, rounds) {
  const medians = rounds.map((all) => all.map((turns) => Math.round(median(turns))));
  const others = [...names.keys()].filter((index) => !names[index].startsWith('ours'));
  const fastest = others.sort((one, other) => median(medians[one]) - median(medians[other]))[0];
  names.forEach((name, index) => {
    const ratio =
      fastest === undefined ? undefined : compareTurns(rounds[index], rounds[fastest], (own, its) => own / its);
    const range = `(${Math.min(...medians[index])} to ${Math.max(...medians[index])})`;
    const cost = String(median(medians[index])).padStart(7);
    console.log(`  ${kind.padEnd(4)}  ${name.padEnd(24)}${cost}  ${range.padEnd(18)}${ratio?.toFixed(2) ?? ''}`);
  });
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    turns: { type: 'string', default: '15' },
    calls: { type: 'string', default: '20000' },
    only: { type: 'string', default: '' },
    contestant: { type: 'string' },
  },
});
const { rounds, turns, calls, only, contestant } = values;
const running =
  contestant === undefined
    ? runAll(Number(rounds), Number(turns), Number(calls), only)
    : contend(CONTESTANTS[contestant]);
running.catch((error) => {
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
