'use strict';

/**
 * `npm run bench`: what each instrumentation adds to a command, all in one run on one machine.
 *
 * Options: --rounds=5 --turns=10 --commands=5000 (per turn: some collections of garbage fall into each) --quick (no bytes) --clients=ioredis-5,redis-6 --configurations=a,b,ours --operations="GET hit,SET"
 * --end-to-end (a real redis-server and memcached, throughput) --readme (writes the tables into the READMEs)
 */

const { cpus } = require('node:os');
const { parseArgs } = require('node:util');
const { stayOnOneCore } = require('./children');
const { CLIENTS } = require('./clients');
const { CONFIGURATIONS } = require('./configurations');
const { addAllocations, install, runRounds } = require('./rounds');
const { startServers } = require('./servers');
const { conditionsLine, costTable, ratioTable, throughputTable, writeReadme } = require('./tables');

const OPERATIONS = ['GET hit', 'GET miss', 'SET', 'MGET of 10', 'HGET', 'pipeline of 100'];

async function main() {
  const options = readOptions();
  install(options.clients, options.configurations);
  const progress = (text) => process.stderr.write(`${text}\n`);
  const servers = options.isolated ? undefined : await startServers();
  options.oneCore = stayOnOneCore();
  try {
    const rows = await runRounds({ ...options, portFor: servers?.portFor, progress });
    if (options.isolated && !options.quick) await addAllocations(rows, options);
    const conditions = conditionsLine(options, cpus());
    const tables = options.isolated
      ? [
          ['benchmark table', [conditions, ratioTable(rows, options)]],
          ['costs table', [conditions, costTable(rows, options)]],
        ]
      : [['throughput table', [conditions, throughputTable(rows, options)]]];
    for (const [marker, parts] of tables) {
      const text = parts.join('\n\n');
      process.stdout.write(`${text}\n\n`);
      if (options.readme) writeReadme(text, marker);
    }
  } finally {
    servers?.stop();
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      turns: { type: 'string', default: '10' },
      commands: { type: 'string', default: '5000' },
      clients: { type: 'string' },
      configurations: { type: 'string' },
      operations: { type: 'string' },
      'end-to-end': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
    },
  });
  const list = (text, all) => text?.split(',').map((name) => name.trim()) ?? all;
  return {
    rounds: Number(values.rounds),
    turns: Number(values.turns),
    commands: Number(values.commands),
    inFlight: 50,
    isolated: !values['end-to-end'],
    quick: values.quick,
    readme: values.readme,
    clients: list(values.clients, Object.keys(CLIENTS)),
    configurations: list(values.configurations, Object.keys(CONFIGURATIONS)),
    operations: list(values.operations, OPERATIONS),
  };
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
