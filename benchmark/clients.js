'use strict';

const { createRequire } = require('node:module');
const { join } = require('node:path');
const { CannedMemcached } = require('./canned-memcached');
const { CannedRedis, VALUE } = require('./canned-redis');

const VERSIONS = join(__dirname, '..', '.versions');

/** Keys as applications have them: an identifier between two words; ten thousand of them, again and again. */
const KEYS = Array.from({ length: 10_000 }, (_, i) => `user:${100_000 + i * 7}:profile`);
const MISSING = KEYS.map((key) => `miss:${key}`);
/** Of hashes: no server lets a key be both. */
const HASHES = KEYS.map((key) => `hash:${key}`);
const TENS = Array.from({ length: 1000 }, (_, i) => KEYS.slice(i * 10, i * 10 + 10));

/** The packages to measure: each in a folder of its own, for a require hook goes by the folder's name. */
const CLIENTS = {
  'ioredis-5': { packages: { ioredis: '5.11.1' }, make: makeIoredis, Canned: CannedRedis },
  'ioredis-6': { packages: { ioredis: '6.0.0' }, make: makeIoredis, Canned: CannedRedis },
  'redis-5': { packages: { redis: '5.12.1' }, make: makeNodeRedis, Canned: CannedRedis },
  'redis-6': { packages: { redis: '6.3.1' }, make: makeNodeRedis, Canned: CannedRedis },
  memjs: { packages: { memjs: '1.3.2' }, make: makeMemjs, Canned: CannedMemcached },
};

function requireFrom(folder) {
  return createRequire(join(VERSIONS, folder, 'package.json'));
}

function makeIoredis(folder, { port }) {
  const Redis = requireFrom(folder)('ioredis');
  const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true });
  return {
    ready: () => redis.connect(),
    fill: async () => {
      await Promise.all(KEYS.map((key) => redis.set(key, VALUE)));
      await Promise.all(HASHES.map((key) => redis.hset(key, 'field', VALUE)));
    },
    operations: {
      'GET hit': (i) => redis.get(KEYS[i % 10_000]),
      'GET miss': (i) => redis.get(MISSING[i % 10_000]),
      SET: (i) => redis.set(KEYS[i % 10_000], VALUE, 'EX', 60),
      'MGET of 10': (i) => redis.mget(TENS[i % 1000]),
      HGET: (i) => redis.hget(HASHES[i % 10_000], 'field'),
      'pipeline of 100': (i) => {
        const pipeline = redis.pipeline();
        for (let k = 0; k < 100; k++) pipeline.get(KEYS[(i * 100 + k) % 10_000]);
        return pipeline.exec();
      },
    },
  };
}

function makeNodeRedis(folder, { port, isolated }) {
  const { createClient } = requireFrom(folder)('redis');
  // An abort signal with a timer per command, as 6 has by default, costs more than all the rest and hides what is measured.
  const commandOptions = isolated ? { timeout: 0 } : {};
  const client = createClient({ socket: { port, host: '127.0.0.1' }, commandOptions });
  client.on('error', (error) => {
    throw error;
  });
  return {
    ready: () => client.connect(),
    fill: async () => {
      await Promise.all(KEYS.map((key) => client.set(key, VALUE)));
      await Promise.all(HASHES.map((key) => client.hSet(key, 'field', VALUE)));
    },
    operations: {
      'GET hit': (i) => client.get(KEYS[i % 10_000]),
      'GET miss': (i) => client.get(MISSING[i % 10_000]),
      SET: (i) => client.set(KEYS[i % 10_000], VALUE, { EX: 60 }),
      'MGET of 10': (i) => client.mGet(TENS[i % 1000]),
      HGET: (i) => client.hGet(HASHES[i % 10_000], 'field'),
      'pipeline of 100': (i) => {
        const pipeline = client.multi();
        for (let k = 0; k < 100; k++) pipeline.get(KEYS[(i * 100 + k) % 10_000]);
        return pipeline.execAsPipeline();
      },
    },
  };
}

function makeMemjs(folder, { port }) {
  const { Client } = requireFrom(folder)('memjs');
  const client = Client.create(`127.0.0.1:${port}`);
  return {
    ready: () => client.get('ready'),
    fill: async () => {
      for (const key of KEYS) await client.set(key, VALUE, {});
    },
    client,
    operations: {
      'GET hit': (i) => client.get(KEYS[i % 10_000]),
      'GET miss': (i) => client.get(MISSING[i % 10_000]),
      SET: (i) => client.set(KEYS[i % 10_000], VALUE, { expires: 60 }),
    },
  };
}

/** How many commands one call of an operation is. */
const COMMANDS_PER_CALL = { 'pipeline of 100': 100 };

module.exports = { CLIENTS, COMMANDS_PER_CALL, KEYS, VERSIONS, requireFrom };
