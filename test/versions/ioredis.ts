import type { MetricData, SpanData } from '../support/telemetry-data';

/** What `ioredis-app.js` prints, whichever version it runs on. */
export const OUTPUT = [
  `{ book: '1', pen: '12' }`,
  `[ [ null, 'Zoë' ], [ null, null ] ]`,
  `[ [ null, 1 ], [ null, 2 ] ]`,
  `[ [ null, 3 ], [ null, 4 ] ]`,
  `42`,
  `WRONGTYPE Operation against a key holding the wrong kind of value`,
];

/** What is to be seen of `ioredis-app.js`: name, then what its attributes say. */
export const SPANS = [
  'SET user:*:profile size=4 ttl=60',
  'GET user:*:profile hit size=4',
  'GET user:*:profile miss',
  'MGET user:*:profile hits=1 misses=1 size=4',
  'HSET cart:* size=3',
  'HGETALL cart:* hit size=3',
  'HGETALL cart:* miss',
  'PIPELINE GET user:*:profile batch=2 hits=1 misses=1 size=4',
  'MULTI INCR visits batch=2',
  'MULTI INCR visits batch=2',
  'EVALSHA price:* procedure=addTax',
  'LPUSH user:*:profile error=WRONGTYPE',
  'GET user:*:profile hit size=4',
  'DEL {address} deleted=3',
  'GET user:*:profile miss',
  'GET user:*:profile miss',
];

/** What the counters say in the end. */
export const LOOKUPS = { 'cache.hits': 5, 'cache.misses': 6 };

export function summary({ name, attributes }: SpanData): string {
  const shown = {
    batch: 'db.operation.batch.size',
    hits: 'cache.hits',
    misses: 'cache.misses',
    size: 'cache.value_size',
    ttl: 'cache.ttl',
    deleted: 'cache.deleted_count',
    procedure: 'db.stored_procedure.name',
    error: 'error.type',
  };
  const hit = attributes['cache.hit'];
  const outcome = hit === undefined ? [] : [hit ? 'hit' : 'miss'];
  const facts = Object.entries(shown)
    .filter(([, attribute]) => attributes[attribute] !== undefined)
    .map(([label, attribute]) => `${label}=${String(attributes[attribute])}`);
  return [name, ...outcome, ...facts].join(' ');
}

export function lookups(points: readonly MetricData[]): Record<string, number> {
  const sum = (metric: string) =>
    points.filter(({ name }) => name === metric).reduce((total, { value = 0 }) => total + value, 0);
  return Object.fromEntries(Object.keys(LOOKUPS).map((metric) => [metric, sum(metric)]));
}
