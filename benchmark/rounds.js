'use strict';

const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { ClientChild, takeTurns } = require('./children');
const { CLIENTS, COMMANDS_PER_CALL, VERSIONS } = require('./clients');
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
 * Measures every configuration of every client. In each round a configuration has a new process of its own; these take turns, some
 * thousand commands each, and the order is reversed every other turn: whatever disturbs the machine meets all of them alike.
 * @returns rows of `{ client, configuration, operation, round, cpu, elapsed }`, the last two the nanoseconds per command in each turn
 */
async function runRounds({
  clients,
  configurations,
  operations,
  rounds,
  turns,
  commands,
  inFlight,
  progress,
  ...where
}) {
  const rows = [];
  for (let round = 0; round < rounds; round++) {
    for (const client of clients) {
      const names = configurationsFor(client, configurations);
      const asked = operations.filter((operation) => isKnown(client, operation));
      progress?.(`round ${round + 1} of ${rounds}: ${client}`);
      const children = [];
      try {
        for (const configuration of names) {
          const child = new ClientChild({ client, configuration, ...portOf(where, client) }, flagsOf(where));
          children.push(child);
          await child.ready;
          await warmUp(child, asked, inFlight);
        }
        for (const operation of asked) {
          const job = { operation, commands: commandsOf(operation, commands), inFlight };
          const results = await measureInTurns(children, turns, job);
          names.forEach((configuration, index) => {
            rows.push({ client, configuration, operation, round, ...results[index] });
          });
        }
      } finally {
        await Promise.all(children.map((child) => child.end()));
      }
    }
  }
  return rows;
}

/**
 * On a real connection the engine comes to make the objects of some places old from the start, at 3 to 5 µs of a command, the client's own
 * too. Which places, and in which of these processes, is for the fullness of their heaps to decide. So none does, and the young
 * generation has from the start the size that a service gives it.
 */
const EVEN = ['--no-allocation-site-pretenuring', '--min-semi-space-size=16'];

function flagsOf({ isolated }) {
  return isolated ? [] : EVEN;
}

/** A turn of pipelines has more commands: some forty calls are too few for a steady figure. */
const MORE_IN_PIPELINES = 5;

function commandsOf(operation, commands) {
  return (COMMANDS_PER_CALL[operation] ?? 1) > 1 ? commands * MORE_IN_PIPELINES : commands;
}

/** Commands, and calls of several, of each operation in one pass. */
const WARMUP = 5000;
const WARMUP_CALLS = 200;
/**
 * What the engine has compiled for one operation it takes back when it sees the next, and compiles anew for both. In a service that is
 * over after its first minute; the more a configuration does, the longer it takes.
 */
const WARMUP_PASSES = 6;

async function warmUp(child, operations, inFlight) {
  for (let pass = 0; pass < WARMUP_PASSES; pass++) {
    for (const operation of operations) {
      const commands = Math.max(WARMUP, WARMUP_CALLS * (COMMANDS_PER_CALL[operation] ?? 1));
      await child.ask({ operation, commands, inFlight });
    }
  }
}

function isKnown(client, operation) {
  return client !== 'memjs' || ['GET hit', 'GET miss', 'SET'].includes(operation);
}

function portOf({ isolated, portFor }, client) {
  return { isolated, port: portFor?.(client) };
}

/** @returns for each child what its turns took */
async function measureInTurns(children, turns, job) {
  const results = await takeTurns(children, turns, job);
  return results.map((all) => ({
    cpu: all.map(({ cpu }) => cpu),
    elapsed: all.map(({ elapsed }) => elapsed),
  }));
}

/** Adds the bytes that each command allocates to the rows of the first round; the same in every round but for noise. */
async function addAllocations(rows, { clients, operations, ...where }) {
  const flags = ['--min-semi-space-size=512', '--max-semi-space-size=512'];
  for (const client of clients) {
    for (const configuration of configurationsFor(client, ['a', 'b', 'ours'])) {
      const child = new ClientChild({ client, configuration, ...portOf(where, client) }, flags);
      await child.ready;
      for (const operation of operations) {
        const row = rows.find(
          (one) =>
            one.client === client &&
            one.configuration === configuration &&
            one.operation === operation &&
            one.round === 0,
        );
        if (row === undefined) continue;
        await warmUp(child, [operation], 50);
        row.allocated = [(await child.ask({ operation, commands: 4000, inFlight: 50, allocation: true })).allocated];
      }
      await child.end();
    }
  }
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * What a configuration adds to a command.
 * @param {'cpu' | 'allocated'} quantity
 */
function added(rows, { client, configuration, operation }, quantity = 'cpu') {
  const { baseline = 'a' } = CONFIGURATIONS[configuration];
  return beside(rows, { client, operation, quantity }, configuration, baseline, (ours, base) => ours - base);
}

/** How many commands per second one configuration manages for each of another's. */
function throughputRatio(rows, { client, operation }, configuration, than) {
  return beside(rows, { client, operation, quantity: 'elapsed' }, configuration, than, (ours, other) => other / ours);
}

/** Undefined where one of the two was not measured. */
function beside(rows, { client, operation, quantity }, configuration, than, compare) {
  const turnsOf = (name) => {
    const own = rows.filter(
      (row) =>
        row.client === client &&
        row.operation === operation &&
        row.configuration === name &&
        row[quantity] !== undefined,
    );
    return new Map(own.map((row) => [row.round, row[quantity]]));
  };
  const others = turnsOf(than);
  const both = [...turnsOf(configuration)].filter(([round]) => others.has(round));
  if (both.length === 0) return undefined;
  return compareTurns(
    both.map(([, turns]) => turns),
    both.map(([round]) => others.get(round)),
    compare,
  );
}

/**
 * The median over the rounds. In a round each turn is compared with the other's of the same moment: a machine that others use is half as
 * fast from one second to the next.
 * @param rounds the turns of each round
 * @param others the same of what they are compared with
 */
function compareTurns(rounds, others, compare) {
  return median(rounds.map((turns, round) => median(turns.map((value, turn) => compare(value, others[round][turn])))));
}

module.exports = {
  addAllocations,
  added,
  compareTurns,
  install,
  installInto,
  median,
  MORE_IN_PIPELINES,
  runRounds,
  throughputRatio,
};
