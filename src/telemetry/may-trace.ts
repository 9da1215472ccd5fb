import type { Context } from '@opentelemetry/api';
import type { Settings } from '../config';
import { SAMPLED } from './api';
import { DeferredSpan } from './app-level/deferred-span';
import { spanIn } from './caller-span';

/** Whether what happens in a context may become a span, as far as the context decides that. */
export function mayTrace(parent: Context, { spans, requireParentSpan }: Settings): boolean {
  if (spans.none) return false;
  return !requireParentSpan || isSampled(parent);
}

let last: Context | undefined;
let sampled = false;

/** A span never changes its context, so that the last answer is remembered, as {@link spanIn} remembers the span. */
function isSampled(context: Context): boolean {
  return context === last ? sampled : look(context);
}

function look(context: Context): boolean {
  const span = spanIn(context);
  // One is there only within a trace that is being sampled. The question alone must not make it a span.
  if (span instanceof DeferredSpan && !span.isMade) return true;
  last = context;
  return (sampled = span !== undefined && (span.spanContext().traceFlags & SAMPLED) !== 0);
}
