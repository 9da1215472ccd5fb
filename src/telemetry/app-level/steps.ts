import type { Attributes, Context } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '../../semconv';
import { now } from '../clock';
import { describeFailure, type Failure, failureType } from '../errors';
import { LOAD_DURATION } from '../metrics/app-level-metrics';
import type { MeterOutlet } from '../metrics/meter-outlet';
import type { SpanMaker } from '../span-maker';
import type { AppOperation } from './app-operation';
import { keysOf } from './describe';
import { apart } from './enclosing';
import { spanOf, type Work, type WorkSpan } from './work';

/** What an operation has done by the source that its cache stands before. */
export type StepName = 'load' | 'persist';

/** What steps tell of themselves with. */
interface Tools {
  readonly owner: { failed(error: unknown): void };
  readonly spans: SpanMaker;
  readonly meters: MeterOutlet;
}

/** One call of the source, as a span `cache.load` or `cache.persist`. */
export class Step implements Work {
  readonly startTime = now();
  private readonly span: WorkSpan | undefined;
  private failure: Failure | undefined = undefined;

  constructor(
    private readonly operation: AppOperation,
    private readonly name: StepName,
    private readonly tools: Tools,
  ) {
    const { span } = operation;
    this.span = span === undefined ? undefined : spanOf(this, tools.spans, span);
  }

  get spanName(): string {
    return this.operation.series.stepNames[this.name];
  }

  get parent(): Context {
    return this.operation.outside();
  }

  begun(): Attributes {
    const { operation } = this;
    operation.noteRows();
    // Both have the cache's name and the key pattern, and nothing else.
    return (operation.row ?? operation.series.table).attributes;
  }

  outcome(): Attributes {
    const { failure } = this;
    return failure === undefined ? {} : { [ATTR_ERROR_TYPE]: failure.type };
  }

  whole(): Attributes {
    return this.failure === undefined ? this.begun() : { ...this.begun(), ...this.outcome() };
  }

  /**
   * Calls the source, once: the caches that it uses are no part of the operation.
   * @param source given the context that it is to run in
   * @param given the same to the source
   */
  call<T, Given>(source: (inside: Context, given: Given) => T, given: Given): T {
    return apart(this.inside(), source, given);
  }

  private inside(): Context {
    const { operation, span, tools } = this;
    if (span === undefined) return operation.outside();
    try {
      return span.enter(operation.beside());
    } catch (error) {
      tools.owner.failed(error);
      return operation.outside();
    }
  }

  succeeded(): void {
    try {
      this.end();
    } catch (error) {
      this.tools.owner.failed(error);
    }
  }

  failed(error: unknown): void {
    try {
      const asked = { series: { command: { name: '' } }, args: keysOf(this.operation) };
      // The application's own error may hold what a server said: its message is cut like that one's.
      this.failure = describeFailure(error, failureType(error, undefined), asked);
      this.end();
    } catch (failure) {
      this.tools.owner.failed(failure);
    }
  }

  private end(): void {
    const { failure, name, operation, span } = this;
    const { meters, spans } = this.tools;
    const end = now();
    const milliseconds = end - this.startTime;
    if (name === 'load') {
      const { loads } = operation.series.table;
      const row = failure === undefined ? loads.succeeded : loads.failed({ ...failure, statusCode: undefined });
      const parent = meters.usesInstruments ? operation.outside() : undefined;
      meters.time(LOAD_DURATION, row.histogram, row.attributes, milliseconds / 1000, parent);
    }
    span?.finish(end, failure?.message, spans.selects(name === 'load', milliseconds, failure));
  }
}
