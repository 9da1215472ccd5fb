'use strict';

/**
 * `node benchmark/startup.js`: the CPU time that the preload adds to the start of a process, beside that of
 * `@opentelemetry/auto-instrumentations-node/register`.
 */

const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { VERSIONS } = require('./clients');
const { installInto, median } = require('./rounds');

const OFFICIAL = { '@opentelemetry/api': '1.9.1', '@opentelemetry/auto-instrumentations-node': '0.81.0' };
const ROUNDS = 11;
const APPLICATION = 'process.stdout.write(JSON.stringify(process.cpuUsage()), () => process.exit())';

installInto('auto-instrumentations', OFFICIAL);

const preloads = {
  none: undefined,
  ours: join(__dirname, '..', 'build', 'register.js'),
  official: join(
    VERSIONS,
    'auto-instrumentations/node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js',
  ),
};

function start(preload) {
  const args = [...(preload === undefined ? [] : ['--require', preload]), '--eval', APPLICATION];
  const env = {
    ...process.env,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
  const { stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { user, system } = JSON.parse(stdout.slice(stdout.lastIndexOf('{')));
  return (user + system) / 1000;
}

const times = { none: [], ours: [], official: [] };
for (let round = 0; round < ROUNDS; round++) {
  const order = Object.keys(preloads);
  for (const name of round % 2 === 0 ? order : order.reverse()) times[name].push(start(preloads[name]));
}
const added = (name) => median(times[name].map((time, round) => time - times.none[round]));
const ratio = added('ours') / added('official');
if (ratio > 0.5) process.exitCode = 1;
process.stdout.write(
  `The preload adds ${added('ours').toFixed(0)} ms of CPU to the start, auto-instrumentations' register ` +
    `${added('official').toFixed(0)} ms: ${ratio.toFixed(2)} (at most 0.5)\n`,
);
