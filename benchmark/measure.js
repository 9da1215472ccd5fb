'use strict';

/**
 * One client in one configuration, in a process of its own. It runs what its parent (`rounds.js`) asks for, and answers with what that
 * cost: the CPU time and the time per command in nanoseconds, and with `allocation` the bytes.
 */

const { promises, readFile } = require('node:fs');
const { createServer, get } = require('node:http');
const { answerParent } = require('./children');
const { CLIENTS, COMMANDS_PER_CALL } = require('./clients');
const { CONFIGURATIONS } = require('./configurations');
const { replaceNetwork } = require('./canned-socket');
const { belowParent, settle } = require('./sdk');

async function prepare({ client: name, configuration, isolated, port }) {
  const { make, Canned } = CLIENTS[name];
  const { start, wrap, sampled } = CONFIGURATIONS[configuration];
  start(name);
  const inContext = (run) => (sampled === undefined ? run() : belowParent(sampled, run));
  const { begun, end } = begin();
  await inContext(serve);
  end();
  await begun;
  await settle();
  if (isolated) {
    replaceNetwork(() => {
      const server = new Canned();
      return (chunk) => server.answer(chunk);
    });
  }
  const client = make(name, { port, isolated });
  wrap?.(client);
  await client.ready();
  // A canned server has everything.
  if (!isolated) await client.fill();
  return (job) =>
    inContext(() => measure(client.operations[job.operation], COMMANDS_PER_CALL[job.operation] ?? 1, job));
}

/** What a service has begun before its first request, and ends after: a promise that is older than the contexts. */
function begin() {
  let end;
  const begun = new Promise((resolve) => (end = resolve)).then(() => undefined);
  return { begun, end };
}

/**
 * Some of what every service does besides: timers, files, requests. The engine fits Node's hooks of asynchronous work to the kinds of it
 * that it has seen: in a process that has seen nothing but commands each promise is cheaper than it ever is in a service.
 */
async function serve() {
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setTimeout(async () => resolve(await i), 0));
    await new Promise((resolve) => setImmediate(async () => resolve(await i)));
    await new Promise((resolve) => process.nextTick(async () => resolve(await i)));
    await new Promise((resolve) => readFile(__filename, async () => resolve(await i)));
    await promises.readFile(__filename);
  }
  const server = createServer(async (_request, response) => response.end(await 'text'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) =>
      get({ port }, (response) => response.resume().on('end', async () => resolve(await i))),
    );
  }
  await new Promise((resolve) => server.close(resolve));
}

async function measure(call, commandsPerCall, { commands, inFlight, allocation }) {
  const calls = Math.ceil(commands / commandsPerCall);
  const concurrency = Math.max(1, Math.round(inFlight / commandsPerCall));
  if (allocation) return measureAllocation(call, calls, concurrency, commandsPerCall);
  const cpu = process.cpuUsage();
  const begin = process.hrtime.bigint();
  await repeat(call, calls, concurrency);
  const elapsed = Number(process.hrtime.bigint() - begin);
  const { user, system } = process.cpuUsage(cpu);
  const count = calls * commandsPerCall;
  return { cpu: ((user + system) * 1000) / count, elapsed: elapsed / count };
}

/** Bytes per command, in a process whose young generation is so large that nothing is collected meanwhile. */
async function measureAllocation(call, calls, concurrency, commandsPerCall) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await repeat(call, calls, concurrency);
  return { allocated: (process.memoryUsage().heapUsed - before) / (calls * commandsPerCall) };
}

/** Calls are numbered on from one measurement to the next, so that the keys are others. */
let next = 0;

/** Keeps as many calls in flight as asked for, until all are done. */
function repeat(call, calls, concurrency) {
  const end = next + calls;
  const worker = async () => {
    while (next < end) await call(next++);
  };
  return Promise.all(Array.from({ length: concurrency }, worker));
}

module.exports = { prepare };

if (process.send !== undefined) {
  let ready;
  answerParent(async (job) => {
    if (job.client !== undefined) ready = prepare(job);
    const run = await ready;
    return job.operation === undefined ? {} : run(job);
  });
}
