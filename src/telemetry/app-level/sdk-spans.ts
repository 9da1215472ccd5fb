import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { INTERNAL } from '../api';
import { epochMillis } from '../clock';
import type { SpanMaker } from '../span-maker';
import type { Work } from './work';

/**
 * Has the SDK make the span of work, with the time at which that began.
 * @param isOver what has come of it is given at once: samplers may go by that
 */
export function startSpan(work: Work, { settings, tracer }: SpanMaker, isOver = false): Span {
  const attributes = isOver ? work.whole(settings) : work.begun(settings);
  const options = { kind: INTERNAL, attributes, startTime: epochMillis(work.startTime) };
  return tracer.startSpan(work.spanName, options, work.parent);
}

/**
 * @param endTime as the clock's `now` tells it
 * @param error the message of the status; undefined: it is no error
 */
export function endSpan(span: Span, endTime: number, error: string | undefined): void {
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  span.end(epochMillis(endTime));
}
