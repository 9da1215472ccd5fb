import type { Attributes, MeterProvider } from '@opentelemetry/api';
import type { CounterMetric } from './catalogue';

type Totals = Map<Attributes, number>;

/**
 * What the meter providers of this process were told of the counters, so that each part is told to one of them only: a
 * second SDK is not told what the first was, a provider that comes late is told what nobody was told yet, and one that
 * comes back goes on where it was. Counters are known by their attributes object, which is made once.
 */
export class Ledger {
  private readonly toldToAll = new Map<CounterMetric, Totals>();
  private readonly toldTo = new WeakMap<MeterProvider, Map<CounterMetric, Totals>>();

  /**
   * Tells a provider the value of a counter.
   * @param total since the statistics began
   * @returns the provider's share of it
   */
  tell(provider: MeterProvider, metric: CounterMetric, attributes: Attributes, total: number): number {
    const all = entry(this.toldToAll, metric, newTotals);
    const own = entry(entry(this.toldTo, provider, newShares), metric, newTotals);
    const share = (own.get(attributes) ?? 0) + total - (all.get(attributes) ?? 0);
    own.set(attributes, share);
    all.set(attributes, total);
    return share;
  }

  /** The shares of a provider begin at 0 again. */
  forget(provider: MeterProvider): void {
    this.toldTo.delete(provider);
  }

  /** Whether a provider was told all that was told. */
  hasToldNoOther(provider: MeterProvider): boolean {
    const own = this.toldTo.get(provider);
    return [...this.toldToAll].every(([metric, totals]) =>
      [...totals].every(([attributes, told]) => own?.get(metric)?.get(attributes) === told),
    );
  }
}

const newTotals = (): Totals => new Map();
const newShares = (): Map<CounterMetric, Totals> => new Map();

function entry<K, V>(map: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}
