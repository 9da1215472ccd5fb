'use strict';
// The metrics, as a dashboard would show them.

const { bytes, count, dim, green, heading, ms, percent, table, yellow } = require('./text');

/** What a histogram's buckets tell of a quantile: the upper end of the bucket that it lies in. */
function quantile({ bucketCounts, explicitBounds, max, count: total }, share) {
  let seen = 0;
  const bucket = bucketCounts.findIndex((inBucket) => (seen += Number(inBucket)) >= share * Number(total));
  return explicitBounds[bucket] ?? max;
}

const NAME = 'cache.name';
const PATTERN = 'cache.key_pattern';

/** The value of the point with the same attributes as another one. */
const valueLike = (points, { attributes: { [NAME]: name, [PATTERN]: pattern } }) =>
  points.find(({ attributes }) => attributes[NAME] === name && attributes[PATTERN] === pattern)?.value ?? 0;

const unlessZero = (number) => (number === 0 ? [' -', dim] : [count(number), yellow]);

function printPatterns(receiver) {
  const [hits, misses, repeated, withoutTtl] = ['hits', 'misses', 'repeated_misses', 'writes_without_ttl'].map((name) =>
    receiver.points(`cache.${name}`),
  );
  const series = new Map(
    [...hits, ...misses].map((point) => [`${point.attributes[NAME]} ${point.attributes[PATTERN]}`, point]),
  );
  const rows = [...series.values()].map((point) => {
    const [hit, miss] = [valueLike(hits, point), valueLike(misses, point)];
    const rate = hit / (hit + miss);
    return [
      point.attributes[NAME],
      point.attributes[PATTERN],
      count(hit + miss),
      count(hit),
      count(miss),
      [percent(rate), rate < 0.5 ? yellow : green],
      unlessZero(valueLike(repeated, point)),
      unlessZero(valueLike(withoutTtl, point)),
    ];
  });
  rows.sort(([one], [other]) => one.localeCompare(other));
  heading('Metrics: lookups per key pattern (cache.hits, .misses, .repeated_misses, .writes_without_ttl)');
  const columns = ['>lookups', '>hits', '>misses', '>hit rate', '>repeated', '>without TTL'];
  table(['cache', 'key pattern', ...columns], rows);
  const rates = receiver.points('cache.hit_rate').map((point) => `${point.attributes[NAME]} ${percent(point.value)}`);
  console.log(`  cache.hit_rate: ${rates.join(', ')}`);
}

/** The system, with the index of the database where it has several. */
function targetOf({ attributes }) {
  const database = attributes['db.namespace'];
  return attributes['db.system.name'] + (database === undefined ? '' : ` ${database}`);
}

function printDurations(receiver) {
  const rows = receiver
    .points('db.client.operation.duration')
    .map((point) => [
      targetOf(point),
      point.attributes['db.operation.name'],
      count(point.value),
      ms((1000 * point.sum) / point.value),
      `≤ ${count(1000 * quantile(point, 0.5))} ms`,
      `≤ ${count(1000 * quantile(point, 0.95))} ms`,
      ms(1000 * point.max),
    ]);
  heading('Metrics: durations (db.client.operation.duration; p50 and p95 as its buckets tell them)');
  table(['system', 'operation', '>count', '>mean', '>p50', '>p95', '>longest'], rows);
}

function printSizes(receiver) {
  const operations = receiver.points('cache.operations');
  const sizes = receiver.points('cache.value_size');
  const rows = operations.map(({ attributes, value }) => {
    const names = [attributes[NAME], attributes['cache.operation']];
    const point = sizes.find(
      (one) => one.attributes[NAME] === names[0] && one.attributes['cache.operation'] === names[1],
    );
    if (point === undefined) return [...names, count(value)];
    const p95 = `≤ ${bytes(quantile(point, 0.95))}`;
    return [...names, count(value), count(point.value), bytes(point.sum / point.value), p95, bytes(point.sum)];
  });
  rows.sort(([one], [other]) => one.localeCompare(other));
  heading('Metrics: operations and the size of values (cache.operations, cache.value_size)');
  table(['cache', 'operation', '>count', '>with a value', '>mean size', '>p95', '>total'], rows);
}

module.exports = { printDurations, printPatterns, printSizes };
