import type { Attributes, Context } from '@opentelemetry/api';
import type { Settings } from '../../config';
import type { SpanMaker } from '../span-maker';
import { LightSpan } from './light-span';
import { ParentSpan } from './parent-span';

/** Work that becomes a span of kind INTERNAL, as that span sees it. */
export interface Work {
  readonly spanName: string;
  /** As the clock's `now` tells it. */
  readonly startTime: number;
  /** The context that it began in. */
  readonly parent: Context;
  /** What is known when it begins. The object is not to be changed, and so with those of the other two. */
  begun(settings: Settings): Attributes;
  /** What else is known when it is over. */
  outcome(): Attributes;
  /** Both. */
  whole(settings: Settings): Attributes;
}

/** The span of work that other spans may lie below, so that it cannot wait for the end of the work as those of commands do. */
export interface WorkSpan {
  /** Undefined: the SDK makes it. */
  readonly light: LightSpan | undefined;
  /** A context for what is called meanwhile: that of the work, with this span in it. */
  enter(parent: Context): Context;
  /**
   * The work is over.
   * @param endTime as the clock's `now` tells it
   * @param error the message of the status; undefined: it is no error
   * @param isWanted whether the outcome makes it a span; one that others lie below is one in any case
   */
  finish(endTime: number, error: string | undefined, isWanted: boolean): void;
}

/** @param outer the span of the work that this is a part of */
export function spanOf(work: Work, spans: SpanMaker, outer: WorkSpan | undefined): WorkSpan {
  // Else the outcome decides whether there is to be a span.
  const light = spans.settings.spans.all ? LightSpan.of(work, spans, outer) : undefined;
  return light ?? new ParentSpan(work, spans, outer);
}
