import type { Context, Span } from '@opentelemetry/api';
import { traceApi } from '../api';
import type { SpanMaker } from '../span-maker';
import { DeferredSpan } from './deferred-span';
import { LightSpan } from './light-span';
import { withSpan } from './linked-context';
import { endSpan, startSpan } from './sdk-spans';
import type { Work, WorkSpan } from './work';

/**
 * A span that is started when somebody may need a parent, with the time at which the work began; where nobody does, when the work
 * has ended.
 */
export class ParentSpan implements WorkSpan {
  light: LightSpan | undefined = undefined;
  private span: Span | undefined = undefined;
  private deferred: DeferredSpan | undefined = undefined;

  constructor(
    private readonly work: Work,
    private readonly spans: SpanMaker,
    private readonly outer: WorkSpan | undefined,
  ) {}

  enter(parent: Context): Context {
    if (this.spans.settings.spans.all) return withSpan(parent, this.start(false));
    this.deferred ??= new DeferredSpan(() => this.start(false));
    return withSpan(parent, this.deferred);
  }

  private start(isOver: boolean): Span {
    const { outer, spans, work } = this;
    this.light = LightSpan.of(work, spans, outer);
    return (this.span = this.light ?? startSpan(work, spans, isOver));
  }

  finish(endTime: number, error: string | undefined, isWanted: boolean): void {
    const { deferred, work } = this;
    const before = this.span;
    if (before === undefined && !isWanted) {
      deferred?.drop(traceApi.getSpan(work.parent));
      return;
    }
    const span = before ?? this.start(true);
    deferred?.drop(span);
    if (this.light !== undefined) this.light.finish(endTime, error);
    else {
      if (before !== undefined) span.setAttributes(work.outcome());
      endSpan(span, endTime, error);
    }
  }
}
