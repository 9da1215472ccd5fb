'use strict';

const { ioredisHooks, redisHooks, wrapMemjs } = require('./hand-made');
const { startPreload, startSdk } = require('./sdk');
const { requireFrom } = require('./clients');

/** The official instrumentation of a client: `@opentelemetry/instrumentation-ioredis` or `-redis`. */
function official(client, config) {
  if (client.startsWith('ioredis')) {
    const { IORedisInstrumentation } = require('@opentelemetry/instrumentation-ioredis');
    return new IORedisInstrumentation(config);
  }
  const { RedisInstrumentation } = require('@opentelemetry/instrumentation-redis');
  return new RedisInstrumentation(config);
}

/** The same with hooks and five instruments as teams build them. */
function officialByHand(client) {
  return official(client, client.startsWith('ioredis') ? ioredisHooks() : redisHooks());
}

/**
 * All of our telemetry with default options, but for the variables given, in an SDK that the application owns.
 * @param views of the application
 */
function oursInApplication(variables, views) {
  Object.assign(process.env, variables);
  require('../build/register');
  startSdk(views);
}

/** Any view of the application has our metrics go through the SDK's instruments. */
const VIEWS = [{ instrumentName: 'of.the.application', name: 'renamed' }];

const SELECTIVE = 'errors,slow,misses';

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
      officialByHand(client);
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
      officialByHand(client);
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
  ours: {
    what: 'ours, our SDK',
    sampled: true,
    start: () => startPreload({}),
  },
  'ours app': {
    what: "ours, application's SDK",
    sampled: true,
    start: () => oursInApplication({}),
  },
  'ours views': {
    what: "ours, application's SDK with views",
    sampled: true,
    start: () => oursInApplication({}, VIEWS),
  },
  'ours unsampled': {
    what: 'ours, our SDK, unsampled',
    sampled: false,
    start: () => startPreload({}),
  },
  'ours unsampled app': {
    what: "ours, application's SDK, unsampled",
    sampled: false,
    start: () => oursInApplication({}),
  },
  'ours unsampled views': {
    what: "ours, application's SDK with views, unsampled",
    sampled: false,
    start: () => oursInApplication({}, VIEWS),
  },
  'ours none': {
    what: 'ours, our SDK, spans=none',
    sampled: true,
    start: () => startPreload({ OTEL_INSTRUMENTATION_CACHE_SPANS: 'none' }),
  },
  'ours none app': {
    what: "ours, application's SDK, spans=none",
    sampled: true,
    start: () => oursInApplication({ OTEL_INSTRUMENTATION_CACHE_SPANS: 'none' }),
  },
  'ours selective': {
    what: 'ours, our SDK, spans=errors,slow,misses',
    sampled: true,
    start: () => startPreload({ OTEL_INSTRUMENTATION_CACHE_SPANS: SELECTIVE }),
  },
  'ours selective app': {
    what: "ours, application's SDK, spans=errors,slow,misses",
    sampled: true,
    start: () => oursInApplication({ OTEL_INSTRUMENTATION_CACHE_SPANS: SELECTIVE }),
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
