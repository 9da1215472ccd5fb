'use strict';
// What the demo plays on: the servers, an OTLP receiver, the database, and the product service under the preload.

const path = require('node:path');
const { start } = require('./processes');
const { startReceiver } = require('./receiver');
const { findMemcached, findRedis } = require('./servers');

const REGISTER = 'opentelemetry-instrumentation-cache/register';
const LISTENING = /listening on (\S+)\n/;

/** How the caches are called: two databases of one Redis server, and Memcached. */
const cacheNames = (redis, memcached) =>
  Object.entries({ ...redis.names, ...memcached.names }).map(([address, name]) => `${address}=${name}`);

function serviceEnvironment(redis, memcached, database, receiver) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    DATABASE_URL: database.match[1],
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    SESSIONS_URL: redis.sessionsUrl,
    MEMCACHED_URL: memcached.address,
    MEMCACHED_PREFIX: memcached.prefix,
    OTEL_SERVICE_NAME: 'product-service',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_INSTRUMENTATION_CACHE_CACHE_NAMES: cacheNames(redis, memcached).join(','),
    OTEL_INSTRUMENTATION_CACHE_KEY_PATTERNS: `${redis.prefix}user:*:cart`,
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
  };
}

/**
 * Starts everything.
 * @param keys those that the service may write into Memcached
 * @param between gives the address at which the service finds Memcached; default: its own
 * @param extra more variables for the service
 * @param kept how much of what the service prints is kept, in characters
 */
async function setUp({ keys, between = ({ address }) => address, extra = {}, kept }) {
  const receiver = await startReceiver();
  const [redis, memcached, database] = await Promise.all([
    findRedis(),
    findMemcached(keys),
    start(process.execPath, [path.join(__dirname, 'database.js')], LISTENING),
  ]);
  const address = await between(memcached);
  const reached = { ...memcached, address, names: { [address]: 'inventory' } };
  const args = ['--require', REGISTER, '--require', './examples/demo/http-tracing.js', 'examples/demo/service.js'];
  const env = { ...serviceEnvironment(redis, reached, database, receiver), ...extra };
  const service = await start(process.execPath, args, LISTENING, env, kept);
  /** Ends the service, which hands over what is left: after that, everything has arrived. */
  const end = async () => {
    service.kill('SIGTERM');
    await service.ended;
    await Promise.all([redis.removeKeys(), memcached.removeKeys()]);
  };
  return { receiver, redis, memcached, url: service.match[1], output: service.output, end };
}

module.exports = { cacheNames, REGISTER, setUp };
