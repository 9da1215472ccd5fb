import type { Attributes, Context } from '@opentelemetry/api';
import { ATTR_CACHE_KEY_PATTERN, ATTR_CACHE_NAME, ATTR_ERROR_TYPE } from '../../semconv';
import { now } from '../clock';
import { describeFailure, type Failure, failureType } from '../errors';
import { LOAD_DURATION } from '../metrics/app-level-metrics';
import type { MeterOutlet } from '../metrics/meter-outlet';
import type { SpanMaker } from '../span-maker';
import { apart, type AppOperation } from './app-operation';
import { keysOf } from './describe';
import { ParentSpan } from './parent-span';

/** What an operation has done by the source that its cache stands before. */
export type StepName = 'load' | 'persist';

interface Owner {
  failed(error: unknown): void;
}

/** One call of the source, as a span `cache.load` or `cache.persist`. */
export class Step {
  private readonly startTime = now();
  private readonly span: ParentSpan | undefined = undefined;
  private readonly parent: Context;
  private readonly inside: Context;

  constructor(
    private readonly operation: AppOperation,
    private readonly name: StepName,
    private readonly owner: Owner,
    private readonly spans: SpanMaker,
    private readonly meters: MeterOutlet,
  ) {
    this.inside = this.parent = operation.outside();
    if (operation.span === undefined) return;
    const { cache } = operation.series;
    const attributes: Attributes = { [ATTR_CACHE_NAME]: cache.name };
    if (operation.row?.pattern !== undefined) attributes[ATTR_CACHE_KEY_PATTERN] = operation.row.pattern;
    const title = `cache.${name} ${cache.name}`;
    this.span = new ParentSpan(spans, title, attributes, this.parent, this.startTime, operation.span);
    try {
      this.inside = this.span.enter();
    } catch (error) {
      owner.failed(error);
    }
  }

  /**
   * Calls the source, once: the caches that it uses are no part of the operation.
   * @param source given the context that it is to run in
   */
  call<T>(source: (inside: Context) => T): T {
    return apart(this.inside, source);
  }

  succeeded(): void {
    try {
      this.end(undefined);
    } catch (error) {
      this.owner.failed(error);
    }
  }

  failed(error: unknown): void {
    try {
      const asked = { series: { command: { name: '' } }, args: keysOf(this.operation) };
      // The application's own error may hold what a server said: its message is cut like that one's.
      this.end(describeFailure(error, failureType(error, undefined), asked));
    } catch (failure) {
      this.owner.failed(failure);
    }
  }

  private end(failure: Failure | undefined): void {
    const end = now();
    const milliseconds = end - this.startTime;
    if (this.name === 'load') {
      const { loads } = this.operation.series.table;
      const row = failure === undefined ? loads.succeeded : loads.failed({ ...failure, statusCode: undefined });
      this.meters.time(LOAD_DURATION, row.histogram, row.attributes, milliseconds / 1000, this.parent);
    }
    const outcome: Attributes = failure === undefined ? {} : { [ATTR_ERROR_TYPE]: failure.type };
    const isWanted = this.spans.selects(this.name === 'load', milliseconds, failure);
    this.span?.end(end, outcome, failure, isWanted);
  }
}
