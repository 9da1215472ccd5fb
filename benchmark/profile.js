'use strict';

/**
 * What of our cost goes where: the CPU profile of one client and configuration, the time of our functions by part, as percentages of all
 * that ours and the SDK take.
 *
 * node benchmark/profile.js [--client=ioredis-5] [--configuration=ours] [--operation="GET hit"] [--commands=2000000] [--readme]
 */

const { execFileSync } = require('node:child_process');
const { Session } = require('node:inspector/promises');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { parseArgs } = require('node:util');
const { prepare } = require('./measure');
const { markdown, writeReadme } = require('./tables');

const SITUATIONS = [
  ['ioredis-5', 'ours'],
  ['ioredis-5', 'ours unsampled'],
  ['redis-6', 'ours'],
  ['redis-6', 'ours unsampled'],
];
const WARMUP = 20_000;
const IN_FLIGHT = 50;

const OURS = pathToFileURL(join(__dirname, '..', 'build')).href;

/** By the place of a function, ours relative to our build; the first that fits. */
const PARTS = [
  ['hearing of the command', /^(adapters\/|telemetry\/(arrivals|untold))/],
  ['key pattern', /^telemetry\/(key-|known-pattern|pattern-tree|identifiers|spanning)/],
  ['reading command and reply', /^(redis|memcached)\//],
  ['making the span', /^telemetry\/(span|finished-span|query-text|operation-keys|endpoint|hooks)/],
  ['counting', /^telemetry\/(metrics\/|statistics|histogram|durations|cache\.|missed-keys|insights|settling|tally)/],
  ['record, clock and context', /^[a-z]|\/@opentelemetry\/(api|context-async-hooks)\//],
  ['SDK: batching and export', /\/@opentelemetry\//],
];

async function profile({ client, configuration, operation, commands }) {
  const run = await prepare({ client, configuration, isolated: true });
  await run({ operation, commands: WARMUP, inFlight: IN_FLIGHT });
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 100 });
  await session.post('Profiler.start');
  await run({ operation, commands, inFlight: IN_FLIGHT });
  const { profile: recorded } = await session.post('Profiler.stop');
  session.disconnect();
  return byPart(recorded);
}

/** Microseconds by part. What the engine and Node do for one of our functions is that one's. */
function byPart({ nodes, samples, timeDeltas }) {
  const partOf = new Map();
  const visit = (id, parent) => {
    const { callFrame, children = [] } = node.get(id);
    const { url } = callFrame;
    const native = url === '' || url.startsWith('node:');
    partOf.set(id, native ? parent : partAt(url));
    for (const child of children) visit(child, partOf.get(id));
  };
  const node = new Map(nodes.map((one) => [one.id, one]));
  visit(nodes[0].id, undefined);
  const times = new Map(PARTS.map(([name]) => [name, 0]));
  samples.forEach((id, index) => {
    const part = partOf.get(id);
    if (part !== undefined) times.set(part, times.get(part) + timeDeltas[index]);
  });
  return times;
}

function partAt(url) {
  const place = url.startsWith(OURS) ? url.slice(OURS.length + 1) : url.replace('file:', '');
  return PARTS.find(([, places]) => places.test(place))?.[0];
}

function percentages(times) {
  const total = [...times.values()].reduce((one, other) => one + other, 0);
  return [...times.values()].map((time) => `${Math.round((100 * time) / total)} %`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      client: { type: 'string' },
      configuration: { type: 'string', default: 'ours' },
      operation: { type: 'string', default: 'GET hit' },
      commands: { type: 'string', default: '2000000' },
      readme: { type: 'boolean', default: false },
    },
  });
  if (values.client !== undefined) {
    const times = await profile({ ...values, commands: Number(values.commands) });
    process.stdout.write(`${JSON.stringify(percentages(times))}\n`, () => process.exit());
    return;
  }
  const columns = SITUATIONS.map(([client, configuration]) => inProcess(client, configuration, values));
  const header = ['part', ...SITUATIONS.map((situation) => situation.join(', '))];
  const lines = PARTS.map(([name], index) => [name, ...columns.map((column) => column[index])]);
  const text = markdown(header, lines);
  process.stdout.write(`${text}\n`);
  if (values.readme) writeReadme(text, 'profile table');
}

/** A process for each, for there is one SDK in each. */
function inProcess(client, configuration, { operation, commands }) {
  const flags = [`--client=${client}`, `--configuration=${configuration}`, `--operation=${operation}`];
  return JSON.parse(
    execFileSync(process.execPath, [__filename, ...flags, `--commands=${commands}`], { encoding: 'utf8' }),
  );
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
