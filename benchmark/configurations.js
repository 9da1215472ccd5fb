'use strict';

const { join } = require('node:path');
const { hooks, wrapMemjs } = require('./hand-made');
const { startSdk } = require('./sdk');
const { requireFrom } = require('./clients');

const PACKAGE = join(__dirname, '..');

/** The official instrumentation of a client: `@opentelemetry/instrumentation-ioredis` or `-redis`. */
function official(client, config) {
  if (client.startsWith('ioredis')) {
    const { IORedisInstrumentation } = require('@opentelemetry/instrumentation-ioredis');
    return new IORedisInstrumentation(config);
  }
  const { RedisInstrumentation } = require('@opentelemetry/instrumentation-redis');
  return new RedisInstrumentation(config);
}

/** All of our telemetry with default options, but for those given. */
function ours(config, { producer }) {
  const { CacheInstrumentation, cacheMetricProducer } = require(PACKAGE);
  startSdk({ metricProducers: producer ? [cacheMetricProducer()] : [] });
  new CacheInstrumentation(config);
}

const SELECTIVE = { spans: ['errors', 'slow', 'misses'] };

/**
 * What is compared. `start` runs before the client library is loaded; `wrap` gets the client. `sampled` is the flag of the parent
 * span; undefined: no SDK, no parent. `for` names the clients that a configuration applies to.
 */
const CONFIGURATIONS = {
  a: { what: 'SDK, not instrumented', sampled: true, start: () => startSdk() },
  b: {
    what: 'official',
    sampled: true,
    for: /redis/,
    start: (client) => {
      startSdk();
      official(client, {});
    },
  },
  c: {
    what: 'official, hooks, five instruments',
    sampled: true,
    for: /redis/,
    start: (client) => {
      startSdk();
      official(client, hooks());
    },
  },
  d: {
    what: 'official, unsampled',
    sampled: false,
    for: /redis/,
    start: (client) => {
      startSdk();
      official(client, {});
    },
  },
  e: {
    what: 'official, hooks, five instruments, unsampled',
    sampled: false,
    for: /redis/,
    start: (client) => {
      startSdk();
      official(client, hooks());
    },
  },
  f: {
    what: "node-redis' own metrics",
    sampled: true,
    for: /^redis/,
    start: (client) => {
      startSdk();
      const { OpenTelemetry } = requireFrom(client)('redis');
      OpenTelemetry.init({ metrics: { enabled: true, enabledMetricGroups: ['command'] } });
    },
  },
  g0: {
    what: 'dd-trace, redis plugins off',
    for: /redis/,
    start: () => startDdTrace(false),
  },
  g: {
    what: 'dd-trace, redis plugins on',
    baseline: 'g0',
    for: /redis/,
    start: () => startDdTrace(true),
  },
  w: {
    what: 'hand-written wrapper with spans',
    sampled: true,
    for: /memjs/,
    start: () => startSdk(),
    wrap: ({ client }) => wrapMemjs(client, { withMetrics: false }),
  },
  wm: {
    what: 'hand-written wrapper with spans and metrics',
    sampled: true,
    for: /memjs/,
    start: () => startSdk(),
    wrap: ({ client }) => wrapMemjs(client, { withMetrics: true }),
  },
  ours: { what: 'ours, our SDK', sampled: true, start: () => ours({}, { producer: true }) },
  'ours app': { what: "ours, application's SDK", sampled: true, start: () => ours({}, { producer: false }) },
  'ours unsampled': { what: 'ours, our SDK, unsampled', sampled: false, start: () => ours({}, { producer: true }) },
  'ours unsampled app': {
    what: "ours, application's SDK, unsampled",
    sampled: false,
    start: () => ours({}, { producer: false }),
  },
  'ours none': {
    what: 'ours, our SDK, spans=none',
    sampled: true,
    start: () => ours({ spans: 'none' }, { producer: true }),
  },
  'ours none app': {
    what: "ours, application's SDK, spans=none",
    sampled: true,
    start: () => ours({ spans: 'none' }, { producer: false }),
  },
  'ours selective': {
    what: 'ours, our SDK, spans=errors,slow,misses',
    sampled: true,
    start: () => ours(SELECTIVE, { producer: true }),
  },
  'ours selective app': {
    what: "ours, application's SDK, spans=errors,slow,misses",
    sampled: true,
    start: () => ours(SELECTIVE, { producer: false }),
  },
};

function startDdTrace(enabled) {
  const tracer = requireFrom('dd-trace')('dd-trace').init({
    startupLogs: false,
    // Nobody listens: what is left is the price of recording, as with the other configurations.
    url: 'http://127.0.0.1:9',
    telemetry: false,
    flushInterval: 100,
  });
  for (const plugin of ['ioredis', 'redis']) tracer.use(plugin, enabled);
}

/** The configurations that apply to a client, out of those asked for. */
function configurationsFor(client, names) {
  return Object.keys(CONFIGURATIONS).filter((name) => {
    const { for: clients } = CONFIGURATIONS[name];
    return (names === undefined || names.includes(name)) && (clients === undefined || clients.test(client));
  });
}

module.exports = { CONFIGURATIONS, configurationsFor };
