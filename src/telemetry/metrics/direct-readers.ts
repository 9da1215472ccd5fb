import type { Attributes, MeterProvider } from '@opentelemetry/api';
import type { Settings } from '../../config';
import type { Statistics } from '../statistics';
import type { CounterMetric } from './catalogue';
import type { Ledger } from './ledger';

/** What is handed over, and to whom which part of it was told. */
export interface Source {
  readonly settings: Settings;
  readonly statistics: Statistics;
  readonly ledger: Ledger;
}

/**
 * The metric readers of a provider of the application, where each of them asks us when it collects: then no operation need tell
 * an instrument.
 */
export class DirectReaders {
  /** Undefined: the provider is not the one that is told. */
  source: Source | undefined;
  /** From now on the provider is told by instruments. */
  isGivenUp = false;
  private provider: MeterProvider | undefined;

  /** @param areDelta whether all of them want deltas */
  constructor(readonly areDelta: boolean) {}

  /** From now on the provider can be told without instruments. */
  belongTo(provider: MeterProvider): void {
    this.provider = provider;
    known.set(provider, this);
  }

  /** The provider's share of the total of a counter: see {@link Ledger}. */
  share(metric: CounterMetric, attributes: Attributes, total: number): number {
    return this.source!.ledger.tell(this.provider!, metric, attributes, total);
  }
}

const known = new WeakMap<MeterProvider, DirectReaders>();

/** Undefined: this provider has to be told by instruments. */
export function directReaders(provider: MeterProvider): DirectReaders | undefined {
  return known.get(provider);
}
