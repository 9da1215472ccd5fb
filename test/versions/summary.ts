import type { MetricData, SpanData } from '../support/telemetry-data';

/** What is expected of a plain program, whichever version of its client it runs on. */
export interface Expectation {
  /** The lines that it prints. */
  readonly output: readonly string[];
  /** Its spans in the order of their start: name, then what the attributes say. `{address}` is that of the server. */
  readonly spans: readonly string[];
  /** What the counters say in the end. */
  readonly lookups: Readonly<Record<'cache.hits' | 'cache.misses', number>>;
  /** What the metrics of its pool have counted in the end; absent: it has none. */
  readonly connections?: Readonly<Record<string, number>>;
  /** What {@link counts} gives in the end, where the program has more to tell. */
  readonly counts?: Readonly<Record<string, number>>;
}

const SHOWN = {
  database: 'db.namespace',
  batch: 'db.operation.batch.size',
  hits: 'cache.hits',
  misses: 'cache.misses',
  size: 'cache.value_size',
  ttl: 'cache.ttl',
  deleted: 'cache.deleted_count',
  procedure: 'db.stored_procedure.name',
  error: 'error.type',
};

/** Database 0 is left out, and so is what differs between libraries above the network: the cache's name, what deletes tell. */
export function summary({ name, attributes }: SpanData): string {
  const isAbove = name.startsWith('cache.');
  const hit = attributes['cache.hit'];
  const outcome = hit === undefined ? [] : [hit ? 'hit' : 'miss'];
  const facts = Object.entries(SHOWN)
    .map(([label, attribute]) => [label, attributes[attribute]] as const)
    .filter(([label, value]) => value !== undefined && !(label === 'database' && value === '0'))
    .filter(([label]) => !isAbove || label !== 'deleted')
    .map(([label, value]) => `${label}=${String(value)}`);
  return [isAbove ? name.split(' ')[0] : name, ...outcome, ...facts].join(' ');
}

export function lookups(points: readonly MetricData[]): Expectation['lookups'] {
  const sum = (metric: string) =>
    points.filter(({ name }) => name === metric).reduce((total, { value = 0 }) => total + value, 0);
  return { 'cache.hits': sum('cache.hits'), 'cache.misses': sum('cache.misses') };
}

/** @param expected the metrics that are of interest */
export function connections(points: readonly MetricData[], expected: Readonly<Record<string, number>>): object {
  const count = (metric: string) =>
    points
      .filter(({ name, attributes }) => name === metric && attributes['db.client.connection.pool.name'] === 'carts')
      .reduce((total, { value, histogram }) => total + (value ?? histogram!.count), 0);
  return Object.fromEntries(Object.keys(expected).map((metric) => [metric, count(metric)]));
}

const TOLD_APART: Readonly<Record<string, string>> = {
  'cache.operations': 'cache.operation',
  'cache.evictions': 'cache.eviction.reason',
  'cache.entries': '',
};

/**
 * Counts of caches above the network by what tells them apart, such as `cache.operations get`.
 * @param expected the metrics that are of interest
 */
export function counts(
  points: readonly MetricData[],
  expected: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const metrics = new Set(Object.keys(expected).map((id) => id.split(' ')[0]));
  const sums: Record<string, number> = {};
  for (const { name, attributes, value = 0 } of points) {
    const attribute = TOLD_APART[name];
    if (attribute === undefined || !metrics.has(name) || attributes['db.system.name'] !== undefined) continue;
    const id = `${name} ${String(attributes[attribute] ?? '')}`.trim();
    sums[id] = (sums[id] ?? 0) + value;
  }
  return sums;
}
