import type { Cache, CountRow } from '../cache';
import type { Durations } from '../durations';
import type { Statistics } from '../statistics';

/** Values of `cache.operation` of a cache above the network. */
export type AppOperationName = 'get' | 'get_or_set' | 'has' | 'set' | 'delete' | 'clear' | 'touch' | 'increment';

/** What there is to say of an app-level cache besides its name. */
export interface AppCacheFacts {
  /** `cache.level`: the cache is a level of another one, and this is what it is called there. */
  readonly level?: string;
  /** `cache.levels`: its own levels, the nearest first. */
  readonly levels?: readonly string[];
  /** `cache.pattern`: how it is put together with its source. */
  readonly pattern?: 'cache-aside' | 'write-through' | 'multi-level';
}

/** A cache above the network, as telemetry knows it: made once per instance. It holds nothing of the instance. */
export class AppCache {
  private statistics: Statistics | undefined;
  private readonly byOperation = new Map<AppOperationName, AppSeries>();

  constructor(
    /** `cache.name` */
    readonly name: string,
    readonly facts: AppCacheFacts = {},
  ) {}

  /** @internal */
  series(statistics: Statistics, operation: AppOperationName): AppSeries {
    if (this.statistics !== statistics) {
      this.statistics = statistics;
      this.byOperation.clear();
    }
    let series = this.byOperation.get(operation);
    if (series === undefined) {
      series = new AppSeries(this, operation, statistics.cache(this.name));
      this.byOperation.set(operation, series);
    }
    return series;
  }
}

/** One operation on one cache: everything that is the same in each of its calls. */
export class AppSeries {
  readonly spanName: string;
  /** The span names of what its calls do by the source. */
  readonly stepNames: { readonly load: string; readonly persist: string };
  readonly count: CountRow;
  readonly durations: Durations;

  constructor(
    readonly cache: AppCache,
    readonly operation: AppOperationName,
    /** Where it is counted. */
    readonly table: Cache,
  ) {
    this.spanName = `cache.${operation} ${cache.name}`;
    this.stepNames = { load: `cache.load ${cache.name}`, persist: `cache.persist ${cache.name}` };
    this.count = table.countRow(operation, undefined);
    this.durations = table.operationDurations(operation);
  }
}
