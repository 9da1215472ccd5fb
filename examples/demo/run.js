'use strict';
// The demo: Redis, Memcached, a product service under the preload, real requests, and what a backend receives of it.

const fs = require('node:fs');
const path = require('node:path');
const { printDurations, printPatterns, printSizes } = require('./metrics');
const { cacheNames, REGISTER, setUp } = require('./stage');
const { bold, fit, heading, WIDTH } = require('./text');
const { INVENTORY_KEYS, sendRequests, SHOWN_PRODUCT } = require('./traffic');
const { printTree, traceOf } = require('./tree');
const { showTroubles } = require('./troubles');

const ROOT = path.join(__dirname, '../..');
const WITH_TROUBLE = process.argv.includes('--trouble');
/** Milliseconds; it takes a fifth of this unless the machine is busy with something else. */
const LONGEST_RUN = WITH_TROUBLE ? 50_000 : 25_000;

/** The traces to be shown: a product that was not cached, the same product again, and a list of several. */
function shownTraces({ spans }) {
  const served = spans.filter(({ kind, name }) => kind === 2 && name.startsWith('GET'));
  served.sort((one, other) => Number(one.start - other.start));
  const ofPath = (wanted) => served.filter(({ attributes }) => attributes['url.path'] === wanted);
  const [miss, hit] = ofPath(`/products/${SHOWN_PRODUCT}`);
  const [list] = ofPath('/products');
  return { miss, hit, list };
}

/** What must have arrived for the demo to have shown anything. */
function checkArrived(receiver, traces, sent) {
  const served = receiver.spans.filter(({ kind }) => kind === 2).length;
  if (served !== sent) throw new Error(`of ${sent} requests ${served} have arrived as spans`);
  const results = (trace) => trace.flatMap(({ attributes }) => attributes['cache.hit'] ?? []);
  if (!results(traces.miss).includes(false)) throw new Error('the miss has not arrived in the trace of its request');
  const caches = new Set(traces.miss.flatMap(({ attributes }) => attributes['cache.name'] ?? []));
  if (caches.size !== 3)
    throw new Error(`the trace shows ${[...caches].join(', ') || 'no cache'}, and not three caches`);
  if (results(traces.hit).includes(false)) throw new Error('the second request was not answered from the cache');
  for (const metric of ['hits', 'misses', 'hit_rate', 'operations', 'value_size', 'repeated_misses']) {
    if (receiver.points(`cache.${metric}`).length === 0) throw new Error(`cache.${metric} has not arrived`);
  }
}

function printStart(redis, memcached, sent, milliseconds, receiver) {
  console.log(bold('opentelemetry-instrumentation-cache: the demo'));
  console.log(`  ${redis.shown}, ${memcached.shown}, an OTLP receiver, and a`);
  console.log('  product service: ioredis for products, node-redis for sessions, memjs for inventory, a database.');
  console.log('  The service has no telemetry code in it. It was started with');
  console.log(`    node --require ${REGISTER} \\`);
  console.log('         --require ./examples/demo/http-tracing.js examples/demo/service.js');
  console.log('  and with OTEL_INSTRUMENTATION_CACHE_KEY_PATTERNS=user:*:cart, for those keys have names in them,');
  console.log('  and with OTEL_INSTRUMENTATION_CACHE_CACHE_NAMES=\\');
  console.log(fit(`    ${cacheNames(redis, memcached).join(',')}`, WIDTH));
  const received = `${receiver.spans.length} spans and ${receiver.metrics().length} metrics were received`;
  console.log(`  It answered ${sent} requests in ${(milliseconds / 1000).toFixed(1)} s; ${received}.`);
}

function printTraces({ miss, hit, list }) {
  heading('A trace: a product that is not in the caches');
  printTree(miss);
  heading('The same product once more');
  printTree(hit);
  heading('A list of products, some of them in the cache');
  printTree(list);
}

/** What the requests were made to show. */
function printFindings() {
  console.log('  What can be seen here: searches are hardly ever asked for twice, so caching them is of little use;');
  console.log('  a product that does not exist is missed again and again; carts stay in the cache for ever.');
}

function printNext() {
  heading('Where to go next');
  console.log('  npm install opentelemetry-instrumentation-cache @opentelemetry/sdk-node');
  console.log(`  node --require ${REGISTER} app.js        # your service, as it is`);
  console.log('  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 says where your backend is.');
  console.log('  README.md has the options, every span attribute and every metric.');
}

async function main() {
  if (!fs.existsSync(path.join(ROOT, 'build/register.js'))) throw new Error('not built yet: npm run demo builds it');
  // The preload is named as users name it: Node finds a package from inside itself by its own name.
  process.chdir(ROOT);
  if (WITH_TROUBLE) return showTroubles();
  const { receiver, redis, memcached, url, end } = await setUp({ keys: INVENTORY_KEYS });
  const started = performance.now();
  const sent = await sendRequests(url);
  const milliseconds = performance.now() - started;
  await end();
  const traces = Object.fromEntries(
    Object.entries(shownTraces(receiver)).map(([name, root]) => [name, root ? traceOf(root, receiver.spans) : []]),
  );
  checkArrived(receiver, traces, sent);
  printStart(redis, memcached, sent, milliseconds, receiver);
  printTraces(traces);
  printPatterns(receiver);
  printFindings();
  printDurations(receiver);
  printSizes(receiver);
  printNext();
}

function fail(error) {
  console.error(`demo: ${error?.message ?? error}`);
  process.exit(1);
}

process.once('uncaughtException', fail);
setTimeout(fail, LONGEST_RUN, `it has not come to its end after ${LONGEST_RUN / 1000} s`).unref();
main().then(() => process.exit(), fail);
