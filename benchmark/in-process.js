'use strict';
// What a call of a cache in this process costs with and without this package, in nanoseconds of CPU time.
//   node benchmark/in-process.js [rounds]
// A process per figure, with and without by turns; the median of the rounds. The engine inlines what a function calls up to a budget, which
// all that the function does has to share: whether a call is inlined with all that it calls itself depends on the function
// that it stands in. So each is measured under several budgets, from that of a function that does much besides to one that is
// never used up; shown is the median of what is added, and the range.

const { spawnSync } = require('node:child_process');
const { median } = require('./rounds');

const ROUNDS = Number(process.argv.length === 3 ? process.argv[2] : 5);
/** Bytes of bytecode; the engine's own is 920. */
const BUDGETS = [300, 500, 700, 920, 1500];
const KEYS = Array.from({ length: 1000 }, (_, index) => `key:${index}`);
/** Every tenth is a miss. */
const ASKED = [...KEYS.slice(100), ...Array.from({ length: 100 }, (_, index) => `none:${index}`)];

const CACHES = {
  'lru-cache': () => new (require('lru-cache').LRUCache)({ max: 1000 }),
  'node-cache': () => new (require('node-cache'))({ useClones: false, checkperiod: 0 }),
  '@isaacs/ttlcache': () => new (require('@isaacs/ttlcache').TTLCache)({ max: 1000, ttl: 3_600_000 }),
  'quick-lru': () => {
    const QuickLRU = require('quick-lru').default;
    return new QuickLRU({ maxSize: 1000 });
  },
};

const WORK = {
  get: (cache, rounds) => {
    let found = 0;
    for (let round = 0; round < rounds; round++) for (const key of ASKED) if (cache.get(key) !== undefined) found++;
    return found;
  },
  set: (cache, rounds) => {
    for (let round = 0; round < rounds; round++) for (const key of KEYS) cache.set(key, round);
  },
};

function measure(library, operation, isObserved) {
  if (isObserved) new (require('../build').CacheInstrumentation)();
  const cache = CACHES[library]();
  for (const key of KEYS) cache.set(key, key);
  const work = WORK[operation];
  const rounds = library === '@isaacs/ttlcache' && operation === 'set' ? 20 : 300;
  for (let warm = 0; warm < 3; warm++) work(cache, rounds);
  let best = Infinity;
  for (let repeat = 0; repeat < 9; repeat++) {
    const before = process.cpuUsage();
    work(cache, rounds);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, ((user + system) * 1000) / (rounds * 1000));
  }
  console.log(best);
}

/** @returns nanoseconds per call, alone and observed */
function compare(library, operation, budget) {
  const figures = { alone: [], observed: [] };
  const flag = `--max-inlined-bytecode-size-cumulative=${budget}`;
  for (let round = 0; round < ROUNDS; round++) {
    for (const arm of Object.keys(figures)) {
      const { stdout, stderr, status } = spawnSync(process.execPath, [flag, __filename, library, operation, arm]);
      if (status !== 0) throw new Error(String(stderr));
      figures[arm].push(Number(stdout));
    }
  }
  return { alone: median(figures.alone), observed: median(figures.observed) };
}

function main() {
  console.log('| library | call | alone | added | range |\n| --- | --- | --- | --- | --- |');
  for (const library of Object.keys(CACHES)) {
    for (const operation of Object.keys(WORK)) {
      const all = BUDGETS.map((budget) => compare(library, operation, budget));
      const added = all.map(({ alone, observed }) => observed - alone);
      const [alone, middle] = [median(all.map((one) => one.alone)), median(added)].map(
        (value) => `${value.toFixed(1)} ns`,
      );
      const range = `${Math.min(...added).toFixed(1)} to ${Math.max(...added).toFixed(1)} ns`;
      console.log(`| ${library} | ${operation} | ${alone} | ${middle} | ${range} |`);
    }
  }
}

const [, , library, operation, arm] = process.argv;
if (operation === undefined) main();
else measure(library, operation, arm === 'observed');
