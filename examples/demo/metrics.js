'use strict';
// The metrics, as a dashboard would show them.

const { bytes, count, dim, green, heading, ms, percent, table, yellow } = require('./text');

/** What a histogram's buckets tell of a quantile: the upper end of the bucket that it lies in. */
function quantile({ bucketCounts, explicitBounds, max, count: total }, share) {
  let seen = 0;
  const bucket = bucketCounts.findIndex((inBucket) => (seen += Number(inBucket)) >= share * Number(total));
  return explicitBounds[bucket] ?? max;
}

const valueAt = (points, pattern) =>
  points.find(({ attributes }) => attributes['cache.key_pattern'] === pattern)?.value ?? 0;

const unlessZero = (number) => (number === 0 ? [' -', dim] : [count(number), yellow]);

function printPatterns(receiver) {
  const [hits, misses, repeated, withoutTtl] = ['hits', 'misses', 'repeated_misses', 'writes_without_ttl'].map((name) =>
    receiver.points(`cache.${name}`),
  );
  const patterns = new Set([...hits, ...misses].map(({ attributes }) => attributes['cache.key_pattern']));
  const rows = [...patterns].map((pattern) => {
    const [hit, miss] = [valueAt(hits, pattern), valueAt(misses, pattern)];
    const rate = hit / (hit + miss);
    return [
      pattern,
      count(hit + miss),
      count(hit),
      count(miss),
      [percent(rate), rate < 0.5 ? yellow : green],
      unlessZero(valueAt(repeated, pattern)),
      unlessZero(valueAt(withoutTtl, pattern)),
    ];
  });
  heading('Metrics: lookups per key pattern (cache.hits, .misses, .repeated_misses, .writes_without_ttl)');
  table(['key pattern', '>lookups', '>hits', '>misses', '>hit rate', '>repeated misses', '>writes without TTL'], rows);
  for (const { attributes, value } of receiver.points('cache.hit_rate')) {
    console.log(`  cache.hit_rate of ${attributes['cache.name']}: ${percent(value)}`);
  }
}

function printDurations(receiver) {
  const rows = receiver
    .points('db.client.operation.duration')
    .map((point) => [
      point.attributes['db.operation.name'],
      count(point.value),
      ms((1000 * point.sum) / point.value),
      `≤ ${count(1000 * quantile(point, 0.5))} ms`,
      `≤ ${count(1000 * quantile(point, 0.95))} ms`,
      ms(1000 * point.max),
    ]);
  heading('Metrics: durations (db.client.operation.duration; p50 and p95 as its buckets tell them)');
  table(['operation', '>count', '>mean', '>p50', '>p95', '>longest'], rows);
}

function printSizes(receiver) {
  const operations = receiver.points('cache.operations');
  const sizes = receiver.points('cache.value_size');
  const rows = operations.map(({ attributes, value }) => {
    const operation = attributes['cache.operation'];
    const point = sizes.find((one) => one.attributes['cache.operation'] === operation);
    if (point === undefined) return [operation, count(value)];
    const p95 = `≤ ${bytes(quantile(point, 0.95))}`;
    return [operation, count(value), count(point.value), bytes(point.sum / point.value), p95, bytes(point.sum)];
  });
  heading('Metrics: operations and the size of values (cache.operations, cache.value_size)');
  table(['cache operation', '>count', '>with a value', '>mean size', '>p95', '>total'], rows);
}

module.exports = { printDurations, printPatterns, printSizes };
