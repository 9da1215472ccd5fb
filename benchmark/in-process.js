'use strict';
// What a call of a cache in this process costs with and without this package, in nanoseconds of CPU time.
//   nice -n -5 node benchmark/in-process.js
// A process per figure, with and without by turns; the median of the rounds.

const { spawnSync } = require('node:child_process');

const ROUNDS = 9;
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

function median(values) {
  return values.sort((one, other) => one - other)[values.length >> 1];
}

function main() {
  console.log('| library | call | alone | observed | added |\n| --- | --- | --- | --- | --- |');
  for (const library of Object.keys(CACHES)) {
    for (const operation of Object.keys(WORK)) {
      const figures = { alone: [], observed: [] };
      for (let round = 0; round < ROUNDS; round++) {
        for (const arm of Object.keys(figures)) {
          const { stdout, stderr, status } = spawnSync(process.execPath, [__filename, library, operation, arm]);
          if (status !== 0) throw new Error(String(stderr));
          figures[arm].push(Number(stdout));
        }
      }
      const [alone, observed] = [median(figures.alone), median(figures.observed)];
      const cells = [alone, observed, observed - alone].map((value) => `${value.toFixed(1)} ns`);
      console.log(`| ${library} | ${operation} | ${cells.join(' | ')} |`);
    }
  }
}

const [, , library, operation, arm] = process.argv;
if (library === undefined) main();
else measure(library, operation, arm === 'observed');
