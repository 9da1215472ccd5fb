'use strict';

/**
 * `npm run bench:check`: fails when what ours costs, as a share of what the official instrumentations cost in the same run, exceeds
 * its bound. Ratios alone: absolute times mean nothing on a shared machine, and so the bounds are given some room.
 */

const { BOUNDS, ratioOf } = require('./bounds');
const { stayOnOneCore } = require('./children');
const { install, runRounds } = require('./rounds');

const CLIENTS = ['ioredis-5', 'redis-6'];
const OPERATIONS = ['GET hit', 'SET', 'pipeline of 100'];
const CONFIGURATIONS = ['a', 'b', 'ours', 'ours unsampled', 'ours none'];
/**
 * A regression is more than noise: half of the bound, and where the bound is small, as much as a shared machine makes of nothing. The
 * bounds themselves are held against a whole run (`npm run bench`).
 */
const ROOM = { factor: 1.5, more: 0.5 };

async function main() {
  install(CLIENTS, CONFIGURATIONS);
  stayOnOneCore();
  const rows = await runRounds({
    clients: CLIENTS,
    operations: OPERATIONS,
    configurations: CONFIGURATIONS,
    rounds: 3,
    turns: 5,
    commands: 4000,
    inFlight: 50,
    isolated: true,
  });
  check(rows);
}

function check(rows) {
  for (const bound of BOUNDS.filter(({ quantity }) => quantity === 'cpu')) {
    for (const client of CLIENTS.filter((name) => bound.clients.test(name))) {
      for (const operation of OPERATIONS.filter((name) => bound.operations.test(name))) {
        const ratio = ratioOf(rows, bound, client, operation);
        if (ratio === undefined) continue;
        const holds = ratio <= bound.atMost * ROOM.factor + ROOM.more;
        if (!holds) process.exitCode = 1;
        const verdict = holds ? 'ok' : 'TOO MUCH';
        process.stdout.write(
          `${verdict}: ${bound.what}, ${client}, ${operation}: ${ratio.toFixed(2)} (at most ${bound.atMost} × ${ROOM.factor} + ${ROOM.more})\n`,
        );
      }
    }
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
