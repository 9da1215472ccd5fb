'use strict';

const { added } = require('./rounds');

const SINGLE = /^(GET hit|GET miss|SET|MGET of 10|HGET)$/;

/** What must hold: what one configuration adds, as a share of what another adds in the same run. */
const BOUNDS = [
  bound('sampled, our SDK', 'ours', 'b', 1.0, /^ioredis/, SINGLE),
  bound('sampled, our SDK', 'ours', 'b', 0.8, /^redis/, SINGLE),
  bound('sampled, our SDK', 'ours', 'c', 0.45, /redis/, SINGLE),
  bound("sampled, application's SDK", 'ours app', 'b', 1.5, /redis/, SINGLE),
  bound("sampled, application's SDK", 'ours app', 'c', 0.6, /redis/, SINGLE),
  bound('unsampled, our SDK', 'ours unsampled', 'b', 0.12, /^ioredis/, SINGLE),
  bound('unsampled, our SDK', 'ours unsampled', 'b', 0.15, /^redis/, SINGLE),
  bound("unsampled, application's SDK", 'ours unsampled app', 'b', 0.6, /redis/, SINGLE),
  bound('spans=none, our SDK', 'ours none', 'b', 0.12, /redis/, SINGLE),
  bound('spans=errors,slow,misses, our SDK', 'ours selective', 'b', 0.12, /redis/, /^GET hit$/),
  bound('pipeline, sampled, our SDK', 'ours', 'b', 0.2, /^ioredis/, /^pipeline/),
  bound('pipeline, sampled, our SDK', 'ours', 'b', 0.1, /^redis/, /^pipeline/),
  bound('memjs, sampled, our SDK', 'ours', 'w', 1.0, /^memjs/, SINGLE),
  bound('bytes allocated, sampled', 'ours', 'b', 1.0, /redis/, SINGLE, 'allocated'),
];

function bound(what, configuration, than, atMost, clients, operations, quantity = 'cpu') {
  return { what, configuration, than, atMost, clients, operations, quantity };
}

/** Undefined where one of the two was not measured. */
function ratioOf(rows, { configuration, than, quantity }, client, operation) {
  const ours = added(rows, { client, configuration, operation }, quantity);
  const theirs = added(rows, { client, configuration: than, operation }, quantity);
  return ours === undefined || theirs === undefined || theirs <= 0 ? undefined : ours / theirs;
}

/** What there is of each bound, as `{ bound, client, operation, ratio }`. */
function ratios(rows, clients, operations) {
  return BOUNDS.flatMap((bound) =>
    clients
      .filter((client) => bound.clients.test(client))
      .flatMap((client) =>
        operations
          .filter((operation) => bound.operations.test(operation))
          .map((operation) => ({ bound, client, operation, ratio: ratioOf(rows, bound, client, operation) })),
      ),
  ).filter(({ ratio }) => ratio !== undefined);
}

module.exports = { BOUNDS, ratios };
