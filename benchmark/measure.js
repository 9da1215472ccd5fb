'use strict';

/**
 * One measurement in a process of its own: one client, one configuration, all operations one after the other. Prints the CPU time and
 * the bytes allocated per command as JSON. Run by `run.js`.
 */

const { CLIENTS, COMMANDS_PER_CALL } = require('./clients');
const { CONFIGURATIONS } = require('./configurations');
const { replaceNetwork } = require('./canned-socket');
const { belowParent } = require('./sdk');

const job = JSON.parse(process.argv[2]);
const { client: name, configuration, isolated, port, operations, commands, inFlight } = job;

async function main() {
  const { make, Canned } = CLIENTS[name];
  const { start, wrap, sampled } = CONFIGURATIONS[configuration];
  if (isolated) {
    replaceNetwork(() => {
      const server = new Canned();
      return (chunk) => server.answer(chunk);
    });
  }
  start(name);
  const client = make(name, { port });
  wrap?.(client);
  await client.ready();
  const results = {};
  for (const operation of operations) {
    const run = () => measure(client.operations[operation], COMMANDS_PER_CALL[operation] ?? 1);
    results[operation] = await (sampled === undefined ? run() : belowParent(sampled, run));
  }
  process.stdout.write(JSON.stringify(results), () => process.exit());
}

async function measure(call, commandsPerCall) {
  const calls = Math.ceil(commands / commandsPerCall);
  const concurrency = Math.max(1, Math.round(inFlight / commandsPerCall));
  await repeat(call, Math.ceil(calls / 2), concurrency);
  globalThis.gc();
  if (job.allocation) return measureAllocation(call, calls, concurrency, commandsPerCall);
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
  const before = process.memoryUsage().heapUsed;
  await repeat(call, calls, concurrency);
  return { allocated: (process.memoryUsage().heapUsed - before) / (calls * commandsPerCall) };
}

/** Keeps as many calls in flight as asked for, until all are done. */
function repeat(call, calls, concurrency) {
  let next = 0;
  const worker = async () => {
    while (next < calls) await call(next++);
  };
  return Promise.all(Array.from({ length: concurrency }, worker));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
