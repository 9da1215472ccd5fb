import type { Observer } from '../adapters/observe';

/** What the metrics tell of the caches whose name matches, such as `{ 'cache.operations get': 2 }`. */
export async function counted({ sdk }: Pick<Observer, 'sdk'>, name: RegExp): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { name: metric, attributes, value } of await sdk.collectMetrics()) {
    if (value === undefined || metric === 'cache.hit_rate' || !name.test(String(attributes['cache.name']))) continue;
    const apart = attributes['cache.operation'] ?? attributes['cache.eviction.reason'] ?? attributes['cache.level'];
    const id = apart === undefined ? metric : `${metric} ${String(apart)}`;
    found[id] = (found[id] ?? 0) + value;
  }
  return found;
}
