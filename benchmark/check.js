'use strict';

/**
 * `npm run bench:check`: fails when what ours costs, as a share of what the official instrumentations cost in the same run, exceeds
 * its bound. Ratios alone: absolute times mean nothing on a shared machine, and so the bounds are given some room.
 */

const { ratios } = require('./bounds');
const { stayOnOneCore } = require('./children');
const { install, runRounds } = require('./rounds');

const CLIENTS = ['ioredis-5', 'redis-6'];
const OPERATIONS = ['GET hit', 'SET', 'pipeline of 100'];
const CONFIGURATIONS = ['a', 'b', 'ours', 'ours unsampled', 'ours none'];
/**
 * A regression is more than noise: half of the bound, and where the bound is small, as much as a shared machine makes of nothing. The
 * bounds themselves are held against a whole run (`npm run bench`).
 */
const ROOM = { factor: 1.5, more: 0.3 };

async function main() {
  install(CLIENTS, CONFIGURATIONS);
  stayOnOneCore();
  const exceeded = await check(CLIENTS, OPERATIONS);
  if (exceeded.length === 0) return;
  process.stdout.write('once more, for what disturbs the machine does not come twice:\n');
  const clients = CLIENTS.filter((client) => exceeded.some((row) => row.client === client));
  const operations = OPERATIONS.filter((operation) => exceeded.some((row) => row.operation === operation));
  const again = await check(clients, operations);
  const isSame = (one, other) =>
    one.bound === other.bound && one.client === other.client && one.operation === other.operation;
  if (again.some((row) => exceeded.some((before) => isSame(row, before)))) process.exitCode = 1;
}

/** @returns what exceeds its bound and its room */
async function check(clients, operations) {
  const rows = await runRounds({
    clients,
    operations,
    configurations: CONFIGURATIONS,
    rounds: 3,
    turns: 4,
    commands: 4000,
    inFlight: 50,
    isolated: true,
  });
  return ratios(rows, clients, operations).filter(({ bound, client, operation, ratio }) => {
    const holds = ratio <= bound.atMost * ROOM.factor + ROOM.more;
    process.stdout.write(
      `${holds ? 'ok' : 'TOO MUCH'}: ${bound.what}, ${client}, ${operation}: ${ratio.toFixed(2)} (at most ${bound.atMost} × ${ROOM.factor} + ${ROOM.more})\n`,
    );
    return !holds;
  });
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
