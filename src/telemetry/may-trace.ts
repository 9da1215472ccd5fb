import type { Context } from '@opentelemetry/api';
import type { Settings } from '../config';
import { SAMPLED } from './api';
import { DeferredSpan } from './app-level/deferred-span';
import { spanIn } from './caller-span';

/** Whether what happens in a context may become a span, as far as the context decides that. */
export function mayTrace(parent: Context, { spans, requireParentSpan }: Settings): boolean {
  if (spans.none) return false;
  if (!requireParentSpan) return true;
  const span = spanIn(parent);
  if (span === undefined) return false;
  // One is there only within a trace that is being sampled. The question alone must not make it a span.
  if (span instanceof DeferredSpan && !span.isMade) return true;
  return (span.spanContext().traceFlags & SAMPLED) !== 0;
}
