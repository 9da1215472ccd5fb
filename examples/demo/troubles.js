'use strict';
// `npm run demo -- --trouble`: drives the product service into each of the troubles that a cache can have, one after the other,
// and shows the report that the service writes when it ends.

const os = require('node:os');
const path = require('node:path');
const { farAway } = require('./far-server');
const { REGISTER, setUp } = require('./stage');
const { bold, heading } = require('./text');
const { INVENTORY_KEYS, send } = require('./traffic');

const PAGE = path.join(os.tmpdir(), 'cache-report-of-the-demo.html');
/** How far away the inventory is, in milliseconds. */
const DISTANCE = 12;

/** Calls for 0, 1, 2 and so on, some of them at once. */
async function each(count, atOnce, call) {
  let next = 0;
  const work = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const TROUBLES = [
  [
    'Low hit rate: 200 searches, each for something else',
    (url) => each(200, 10, (number) => send(`${url}/search/gift-${number}`)),
  ],
  [
    'Thundering herd: 40 callers find that a popular product has just been changed, four times',
    async (url) => {
      for (let round = 0; round < 4; round++) {
        await send(`${url}/products/7`, { method: 'PUT' });
        await each(40, 40, () => send(`${url}/products/7`));
        await each(60, 4, () => send(`${url}/products/7`));
      }
    },
  ],
  [
    'Memory pressure: whole catalogues as one value each',
    (url) => each(40, 4, (number) => send(`${url}/catalogue/${number % 20}`)),
  ],
  [
    `Slow or far cache: the inventory is ${DISTANCE} ms away`,
    (url) => each(120, 4, (number) => send(`${url}/products/${1 + (number % 40)}`)),
  ],
  [
    'Immortal data: carts of 60 users, written without TTL',
    (url) => each(180, 6, (number) => send(`${url}/users/user-${number % 60}/cart`)),
  ],
  [
    'Many single lookups: recommendations read 15 products one by one',
    (url) => each(30, 2, (number) => send(`${url}/recommendations/${number}`)),
  ],
  ['Written, never read: 150 orders', (url) => each(150, 5, (number) => send(`${url}/orders/${number}`))],
];

/** The report is the last that the service prints. */
function reportIn(output) {
  const start = output.indexOf('Cache report: ');
  if (start === -1) throw new Error(`the service has written no report:\n${output}`);
  return output.slice(start).trimEnd();
}

async function showTroubles() {
  const stage = await setUp({
    keys: INVENTORY_KEYS,
    between: async ({ address }) => (await farAway(address, DISTANCE)).address,
    extra: { OTEL_INSTRUMENTATION_CACHE_REPORT: `stderr,${PAGE}` },
    kept: 100_000,
  });
  console.log(bold('opentelemetry-instrumentation-cache: the troubles of caches'));
  console.log('  The product service of the demo, with no telemetry code in it, was started with');
  console.log(`    OTEL_INSTRUMENTATION_CACHE_REPORT=stderr,${PAGE} \\`);
  console.log(`    node --require ${REGISTER} … service.js`);
  console.log('  and is driven into each trouble in turn:');
  for (const [number, [title, drive]] of TROUBLES.entries()) {
    console.log(`  ${number + 1}. ${title}`);
    await drive(stage.url);
  }
  await stage.end();
  heading('What the service wrote on stderr when it ended');
  console.log(reportIn(stage.output()));
  heading('The same with charts, as one page to be opened in a browser');
  console.log(`  ${PAGE}`);
}

module.exports = { showTroubles };
