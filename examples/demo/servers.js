'use strict';
// The demo's Redis and Memcached: servers of its own, or those that REDIS_URL and MEMCACHED_URL name.

const net = require('node:net');
const os = require('node:os');
const { start } = require('./processes');

/** The demo's keys on a server that is not its own: removed before and after. */
const FOREIGN_PREFIX = 'cache-demo:';
const LOOPBACK = '127.0.0.1';

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, LOOPBACK, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a server on a free port. */
async function startServer(program, argsFor, ready, variable, attempts = 3) {
  const port = await freePort();
  try {
    const { output } = await start(program, argsFor(port), ready);
    return { address: `${LOOPBACK}:${port}`, output: output() };
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`there is no ${program}; set ${variable} to a server of yours`);
    // Another program may have taken the port in between.
    if (attempts > 1 && /in use/.test(error.message)) {
      return startServer(program, argsFor, ready, variable, attempts - 1);
    }
    throw error;
  }
}

async function startRedis() {
  const options = { bind: LOOPBACK, save: '', appendonly: 'no', dir: os.tmpdir() };
  const argsFor = (port) => Object.entries({ ...options, port }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const { address, output } = await startServer('redis-server', argsFor, /Ready to accept connections/, 'REDIS_URL');
  const [, version = ''] = /version=([\d.]+)/.exec(output) ?? [];
  return { ...redisAt(`redis://${address}`), shown: `redis-server ${version} of its own`, prefix: '' };
}

/** Sessions are in a database of their own, the next one: that makes two caches of one server. */
function redisAt(url) {
  const { hostname, pathname, port } = new URL(url);
  const next = Number(pathname.slice(1)) + 1;
  const sessionsUrl = Object.assign(new URL(url), { pathname: `/${next}` }).href;
  const address = `${hostname}:${port || 6379}`;
  return { url, sessionsUrl, names: { [address]: 'products', [`${address}/${next}`]: 'sessions' } };
}

async function removeKeysOf(url, prefix) {
  const Redis = require('ioredis');
  let refused = '';
  const redis = new Redis(url, { maxRetriesPerRequest: 0 }).on('error', (error) => (refused = error.message));
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*` })) if (keys.length > 0) await redis.del(keys);
  } catch (error) {
    throw new Error(`the server of REDIS_URL does not answer: ${refused || error.message}`);
  } finally {
    redis.disconnect();
  }
}

/** @returns its URLs, what it is called, the prefix of the demo's keys, and how to remove these */
async function findRedis() {
  const url = process.env.REDIS_URL;
  if (!url) return { ...(await startRedis()), removeKeys: () => undefined };
  if (!URL.canParse(url)) throw new Error('REDIS_URL is no URL, such as redis://localhost:6379');
  const redis = { ...redisAt(url), shown: 'the Redis server of REDIS_URL', prefix: FOREIGN_PREFIX };
  redis.removeKeys = async () => {
    for (const each of [redis.url, redis.sessionsUrl]) await removeKeysOf(each, redis.prefix);
  };
  await redis.removeKeys();
  return redis;
}

async function startMemcached() {
  // It refuses to run as root unless it is told so; only with -vv does it say when it listens.
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const argsFor = (port) => ['-l', LOOPBACK, '-p', `${port}`, '-U', '0', '-vv', ...user];
  const { address } = await startServer('memcached', argsFor, /server listening/, 'MEMCACHED_URL');
  const { match } = await start('memcached', ['-V'], /memcached ([\d.]+)/);
  return { address, shown: `memcached ${match[1]} of its own`, prefix: '', names: { [address]: 'inventory' } };
}

/** Memcached lists no keys, so they have to be known. */
async function removeKeysAt(address, keys) {
  const { Client } = require('memjs');
  let refused = '';
  const logger = { log: (message) => (refused = message) };
  const client = Client.create(address, { logger, retries: 0, timeout: 2 });
  try {
    for (const key of keys) await client.delete(key);
  } catch (error) {
    throw new Error(`the server of MEMCACHED_URL does not answer: ${error.message || refused}`);
  } finally {
    client.close();
  }
}

/**
 * @param keys those that the service may write there
 * @returns as {@link findRedis}
 */
async function findMemcached(keys) {
  const url = process.env.MEMCACHED_URL;
  if (!url) return { ...(await startMemcached()), removeKeys: () => undefined };
  const full = url.includes('://') ? url : `memcached://${url}`;
  if (!URL.canParse(full)) throw new Error('MEMCACHED_URL is no URL, such as memcached://localhost:11211');
  const { hostname, port } = new URL(full);
  const address = `${hostname}:${port || 11211}`;
  const removeKeys = () =>
    removeKeysAt(
      address,
      keys.map((key) => FOREIGN_PREFIX + key),
    );
  await removeKeys();
  const shown = 'the Memcached server of MEMCACHED_URL';
  return { address, shown, prefix: FOREIGN_PREFIX, names: { [address]: 'inventory' }, removeKeys };
}

module.exports = { findMemcached, findRedis };
