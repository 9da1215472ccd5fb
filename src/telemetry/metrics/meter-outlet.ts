import { diag, type Attributes, type Context, type MeterProvider } from '@opentelemetry/api';
import type { Settings } from '../../config';
import { SCOPE_NAME } from '../../semconv';
import { metricsApi } from '../api';
import type { OperationRow } from '../cache';
import type { DurationRow } from '../durations';
import type { Histogram } from '../histogram';
import type { Statistics } from '../statistics';
import type { HistogramMetric } from './catalogue';
import { directReaders, type DirectReaders, type Source } from './direct-readers';
import { HitRate } from './hit-rate';
import { type Instruments, makeInstruments } from './instruments';
import { Ledger } from './ledger';
import { isProducing } from './producing';

/** How often a provider is looked for, in milliseconds. */
const WATCHING = 1000;

/**
 * Hands the statistics to the metrics API: counts as observable instruments that read the table when they are collected,
 * durations and sizes as histograms. There is no proxy meter provider: instruments made before the application starts its
 * SDK stay no-ops for ever, so they are made anew whenever the provider is another one.
 *
 * No instruments are made of a provider whose {@link DirectReaders} ask for the same table themselves; and while a
 * {@link cacheMetricProducer} hands it to a reader, this outlet rests.
 */
export class MeterOutlet implements Source {
  /** The one that is told. */
  private provider: MeterProvider | undefined;
  private instruments: Instruments | undefined;
  private direct: DirectReaders | undefined;
  private pinned: MeterProvider | undefined;
  private started = false;
  private watched = false;
  private timer: NodeJS.Timeout | undefined;
  ledger = new Ledger();
  hitRate = new HitRate();

  constructor(
    public statistics: Statistics,
    public settings: Settings,
  ) {}

  configure(settings: Settings): void {
    const remake = settings.semconv !== this.settings.semconv;
    this.settings = settings;
    if (!remake) return;
    this.detach();
    this.refresh();
  }

  /** Goes on where another outlet stopped. */
  adopt({ statistics, ledger, hitRate, watched }: MeterOutlet): void {
    this.watched = watched;
    this.statistics = statistics;
    this.ledger = ledger;
    this.hitRate = hitRate;
  }

  start(): void {
    this.detach();
    this.started = true;
    this.refresh();
    if (this.watched) this.watch();
  }

  stop(): void {
    this.started = false;
    clearInterval(this.timer);
    this.timer = undefined;
    const { instruments } = this;
    this.detach();
    // Nobody would tell a histogram later of what is in flight, as the table tells counts.
    this.instruments = instruments;
  }

  /**
   * Uses this provider instead of the global one. `registerInstrumentations` hands over the global one of the moment where it
   * is given none; then that of each later moment is meant.
   */
  pin(provider: MeterProvider): void {
    this.pinned = provider === metricsApi.getMeterProvider() ? undefined : provider;
    this.refresh();
  }

  /** Whether what is recorded is told with its context: views and exemplars of an application's SDK may read it there. */
  get usesInstruments(): boolean {
    return this.instruments !== undefined;
  }

  duration(row: DurationRow, seconds: number, parent: Context): void {
    row.histogram.record(seconds);
    this.instruments?.durations?.record(seconds, row.attributes, parent);
  }

  size(row: OperationRow, bytes: number, parent: Context): void {
    row.sizes.record(bytes);
    this.instruments?.sizes?.record(bytes, row.attributes, parent);
  }

  latency(row: OperationRow, milliseconds: number, parent: Context): void {
    if (this.settings.semconv !== 'stable') this.legacyLatency(row, milliseconds, parent);
  }

  private legacyLatency(row: OperationRow, milliseconds: number, parent: Context): void {
    row.latencies.record(milliseconds);
    this.instruments?.latencies?.record(milliseconds, row.attributes, parent);
  }

  /** Puts a time of a connection or of an app-level operation into its distribution, in that one's unit. */
  time(metric: HistogramMetric, table: Histogram, attributes: Attributes, value: number, parent?: Context): void {
    table.record(value);
    this.refresh();
    this.instruments?.times.get(metric)?.record(value, attributes, parent);
  }

  /** From now on looks for another provider from time to time too: there may be no operation at which to look. */
  watch(): void {
    this.watched = true;
    this.refresh();
    if (this.started) this.timer ??= setInterval(this.refresh.bind(this), WATCHING).unref();
  }

  /**
   * Makes the instruments of the provider that there is now, unless they are those that there are. Called once per
   * operation, not per record: that is 60 of the 490 ns that an operation costs without an SDK.
   */
  refresh(): void {
    if (!this.started) return;
    if (isProducing()) {
      if (this.provider !== undefined) this.detach();
      return;
    }
    const provider = this.pinned ?? metricsApi.getMeterProvider();
    if (this.provider === provider) return;
    this.detach();
    this.attach(provider);
  }

  private attach(provider: MeterProvider): void {
    this.provider = provider;
    const direct = directReaders(provider);
    if (direct !== undefined && this.tellsDirectly(provider, direct)) {
      direct.source = this;
      this.direct = direct;
      return;
    }
    try {
      this.instruments = makeInstruments(provider, this);
    } catch (error) {
      diag.error(`${SCOPE_NAME}: the meter provider makes no instruments`, error);
    }
  }

  /** Distributions can't be shared out between a provider and one before it: then it gets instruments, from now on. */
  private tellsDirectly(provider: MeterProvider, direct: DirectReaders): boolean {
    if (direct.isGivenUp) return false;
    if (this.ledger.hasToldNoOther(provider)) return true;
    direct.isGivenUp = true;
    // What it was told the SDK has not seen, and would tell again as the first delta.
    if (direct.areDelta) this.ledger.forget(provider);
    return false;
  }

  private detach(): void {
    if (this.direct?.source === this) {
      this.direct.source = undefined;
      // Its readers have hit rates of their own: what they were told is not for the next provider.
      this.hitRate.read(this.statistics, () => undefined);
    }
    this.instruments?.detach();
    this.provider = this.direct = this.instruments = undefined;
  }
}
