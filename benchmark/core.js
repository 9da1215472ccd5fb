'use strict';

/** What an adapter does with a command, without a client library: the part of the cost that could grow with what is observed. */

const { performance } = require('node:perf_hooks');
const { startPreload } = require('./sdk');

startPreload({});

const { currentTelemetry } = require('../build/current');
const { redisCommand } = require('../build/redis/commands');

const telemetry = currentTelemetry();

/** A client of a cache of its own. */
function makeClient(index = 0) {
  const target = { system: 'redis', endpoint: { address: '127.0.0.1', port: 6379 + index }, namespace: '0' };
  const route = telemetry.route(target, undefined, redisCommand);
  return { name: 'ioredis', moduleVersion: '5.0.0', telemetry, route, peer: () => undefined };
}

/** One GET from the call to the answer. */
function get(client, key, reply) {
  telemetry.succeed(telemetry.begin(client, 'get', [key], 0), reply);
}

/** The CPU time of a function's calls in nanoseconds each. The SDK's processor gets its turns, for it has its share of the cost. */
async function cpuPerCall(calls, run) {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) {
    run(i);
    if (i % 500 === 499) await new Promise(setImmediate);
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

/** Words that are no identifiers: a consonant and a vowel, and once more. */
function word(index) {
  const syllable = (n) => 'bdfgklmnprstv'[n % 13] + 'aeiou'[Math.floor(n / 13) % 5];
  return syllable(index) + syllable(Math.floor(index / 65)) + 'n';
}

/** Keys of so many patterns: at most 16 words follow one another, or they would be taken for identifiers. */
function keyOf(index, keys, patterns) {
  const pattern = index % patterns;
  const id = 100_000 + Math.floor((index * 7919) % keys);
  return `${word(Math.floor(pattern / 14))}:${word(pattern % 14)}:${id}`;
}

module.exports = { cpuPerCall, get, keyOf, makeClient, performance, telemetry };
