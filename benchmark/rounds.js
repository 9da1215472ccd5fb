'use strict';

const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { CLIENTS, VERSIONS } = require('./clients');
const { CONFIGURATIONS, configurationsFor } = require('./configurations');

const DD_TRACE = { 'dd-trace': '6.21.0' };

/** Installs the client versions that are measured, each into a folder of its own. */
function install(clients, configurations) {
  for (const client of clients) installInto(client, CLIENTS[client].packages);
  if (configurations.includes('g')) installInto('dd-trace', DD_TRACE);
}

function installInto(folder, packages) {
  const directory = join(VERSIONS, folder);
  const file = join(directory, 'package.json');
  const wanted = JSON.stringify({ private: true, dependencies: packages });
  if (existsSync(join(directory, 'node_modules')) && existsSync(file) && readFileSync(file, 'utf8') === wanted) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, wanted);
  const npm = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', '--prefix', directory];
  execFileSync('npm', npm, { stdio: ['ignore', 'ignore', 'inherit'], cwd: directory });
  writeFileSync(file, wanted);
}

/**
 * Measures every configuration of every client, a child process each, interleaved, the order reversed every other round.
 * @returns rows of `{ client, configuration, operation, round, cpu, elapsed }`, times in nanoseconds per command
 */
function runRounds({ clients, configurations, operations, rounds, commands, inFlight, isolated, port, progress }) {
  const rows = [];
  for (let round = 0; round < rounds; round++) {
    for (const client of clients) {
      const names = configurationsFor(client, configurations);
      if (round % 2 === 1) names.reverse();
      for (const configuration of names) {
        const known = client === 'memjs' ? ['GET hit', 'GET miss', 'SET'] : operations;
        const asked = operations.filter((operation) => known.includes(operation));
        progress?.(`round ${round + 1} of ${rounds}: ${client}, ${CONFIGURATIONS[configuration].what}`);
        const job = { client, configuration, operations: asked, commands, inFlight, isolated, port };
        const results = measureInChild(job);
        for (const operation of asked) rows.push({ client, configuration, operation, round, ...results[operation] });
      }
    }
  }
  return rows;
}

/** Adds the bytes that each command allocates to the rows of the first round; the same in every round but for noise. */
function addAllocations(rows, { clients, operations, isolated, port }) {
  for (const client of clients) {
    for (const configuration of configurationsFor(client, ['a', 'b', 'ours'])) {
      const mine = rows.filter(
        (row) => row.client === client && row.configuration === configuration && row.round === 0,
      );
      const asked = operations.filter((operation) => mine.some((row) => row.operation === operation));
      const job = { client, configuration, operations: asked, commands: 4000, inFlight: 50, isolated, port };
      const results = measureInChild({ ...job, allocation: true }, [
        '--min-semi-space-size=512',
        '--max-semi-space-size=512',
      ]);
      for (const row of mine) row.allocated = results[row.operation].allocated;
    }
  }
}

function measureInChild(job, flags = []) {
  const script = [join(__dirname, 'measure.js'), JSON.stringify(job)];
  const output = execFileSync(process.execPath, ['--expose-gc', ...flags, ...script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 1 << 24,
  });
  return JSON.parse(output);
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * What a configuration adds to a command: the median over the rounds of its value minus that of its baseline in the same round.
 * @param {'cpu' | 'allocated' | 'elapsed'} quantity
 */
function added(rows, { client, configuration, operation }, quantity = 'cpu') {
  const { baseline = 'a' } = CONFIGURATIONS[configuration];
  const of = (name) =>
    rows.filter((row) => row.client === client && row.operation === operation && row.configuration === name);
  const base = new Map(of(baseline).map((row) => [row.round, row[quantity]]));
  const differences = of(configuration)
    .filter((row) => row[quantity] !== undefined && base.get(row.round) !== undefined)
    .map((row) => row[quantity] - base.get(row.round));
  return differences.length === 0 ? undefined : median(differences);
}

module.exports = { addAllocations, added, install, median, runRounds };
