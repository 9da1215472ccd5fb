'use strict';

/**
 * `node benchmark/growth.js`: how the cost of a sampled GET grows with what there is to observe, and how long a collection takes.
 * Writes a chart of each into `benchmark/charts/`; with --readme also the README's table.
 */

const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { writeChart } = require('./charts');
const { stayOnOneCore } = require('./children');
const { cpuPerCall, get, keyOf, makeClient, performance, telemetry } = require('./core');
const { median } = require('./rounds');
const { belowParent, settle } = require('./sdk');
const { markdown, writeReadme } = require('./tables');

const CALLS = 20_000;
const ROUNDS = 25;
const VALUE = Buffer.alloc(75);

/** What is varied, and how a GET is made of it. */
const DIMENSIONS = {
  'distinct keys': { values: [1, 100, 10_000, 1_000_000], prepare: (keys) => over({ keys }) },
  'key patterns': { values: [1, 10, 50, 200], prepare: (patterns) => over({ keys: 10_000, patterns }) },
  clients: { values: [1, 10, 100], prepare: (clients) => over({ keys: 10_000, clients }) },
  'commands in flight': { values: [1, 10, 100, 1000], prepare: inFlight },
  'bytes of a value': {
    values: [10, 1000, 100_000, 1_000_000],
    prepare: (bytes) => over({ keys: 10_000, value: Buffer.alloc(bytes) }),
  },
};

/** The most that the cost may be, as a share of the smallest of its dimension. */
const MOST_GROWTH = 1.3;

function over({ keys, patterns = 1, clients = 1, value = VALUE }) {
  const all = Array.from({ length: clients }, (_, index) => makeClient(index));
  return (i) => get(all[i % clients], keyOf(i, keys, patterns), value);
}

function inFlight(count) {
  const client = makeClient();
  const open = [];
  return (i) => {
    open.push(telemetry.begin(client, 'get', [keyOf(i, 10_000, 1)], 0));
    if (open.length === count) for (const operation of open.splice(0)) telemetry.succeed(operation, VALUE);
  };
}

async function measure() {
  const rows = Object.entries(DIMENSIONS).flatMap(([dimension, { values, prepare }]) =>
    values.map((value) => ({ dimension, value, run: prepare(value), rounds: [] })),
  );
  // The first time is for the compiler.
  for (let round = -1; round < ROUNDS; round++) {
    for (const row of round % 2 === 0 ? rows : [...rows].reverse()) {
      const cost = await cpuPerCall(CALLS, row.run);
      if (round >= 0) row.rounds.push(cost);
    }
  }
  return rows.map(({ dimension, value, rounds }) => ({ dimension, value, rounds, cpu: median(rounds) }));
}

/** How often the smallest cost goes into the largest. Each round is compared with itself: the machine's speed differs from one to the next. */
function growthOf(points) {
  const totals = points[0].rounds.map((_, round) => points.reduce((sum, { rounds }) => sum + rounds[round], 0));
  const shares = points.map(({ rounds }) => median(rounds.map((cost, round) => cost / totals[round])));
  return Math.max(...shares) / Math.min(...shares);
}

/** Milliseconds that it takes to collect 20 caches of 200 patterns. */
async function measureCollection() {
  const { cacheMetricProducer } = require('..');
  const producer = cacheMetricProducer({ temporality: 'cumulative' });
  for (let cache = 0; cache < 20; cache++) {
    const client = makeClient(1000 + cache);
    for (let i = 0; i < 200; i++) get(client, keyOf(i, 1000, 200), VALUE);
  }
  const times = [];
  for (let i = 0; i < 30; i++) {
    const begin = performance.now();
    await producer.collect();
    times.push(performance.now() - begin);
  }
  return median(times);
}

async function main() {
  stayOnOneCore();
  await settle();
  const rows = await belowParent(true, measure);
  const collection = await belowParent(true, measureCollection);
  mkdirSync(join(__dirname, 'charts'), { recursive: true });
  const lines = [];
  for (const dimension of Object.keys(DIMENSIONS)) {
    const points = rows.filter((row) => row.dimension === dimension);
    const growth = growthOf(points);
    const range = `${points[0].value.toLocaleString('en')} to ${points.at(-1).value.toLocaleString('en')}`;
    lines.push([dimension, range, growth.toFixed(2), `${MOST_GROWTH}`, growth <= MOST_GROWTH ? 'yes' : 'NO']);
    const file = join(__dirname, 'charts', `${dimension.replaceAll(' ', '-')}.svg`);
    writeFileSync(file, await writeChart(dimension, points));
  }
  const took = collection.toFixed(1);
  lines.push(['collection, ms', '20 caches of 200 patterns', took, '5', collection <= 5 ? 'yes' : 'NO']);
  const table = markdown(['cost by', 'from … to', 'largest / smallest', 'at most', 'holds'], lines);
  process.stdout.write(`${table}\n`);
  if (process.argv.includes('--readme')) writeReadme(table, 'growth table');
  process.exit();
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
