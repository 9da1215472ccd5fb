import { equal } from 'node:assert/strict';
import { type Context, ROOT_CONTEXT, type Span, trace, TraceFlags } from '@opentelemetry/api';
import { resolveSettings } from '../../src/config';
import { DeferredSpan } from '../../src/telemetry/app-level/deferred-span';
import { mayTrace } from '../../src/telemetry/may-trace';

describe('whether an operation may become a span', () => {
  const settings = resolveSettings({}, {});
  const span = (traceFlags: TraceFlags): Span =>
    trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags });
  const below = (parent: Span): Context => trace.setSpan(ROOT_CONTEXT, parent);
  const sampled = below(span(TraceFlags.SAMPLED));
  const unsampled = below(span(TraceFlags.NONE));

  it("is what each context's span says, in whatever order they come", () => {
    for (const [context, expected] of [
      [sampled, true],
      [unsampled, false],
      [unsampled, false],
      [sampled, true],
      [ROOT_CONTEXT, false],
      [sampled, true],
      [ROOT_CONTEXT, false],
    ] as const) {
      equal(mayTrace(context, settings), expected);
    }
  });

  it('is asked anew of a span that is not made yet', () => {
    const deferred = new DeferredSpan(() => span(TraceFlags.NONE));
    const context = below(deferred);
    equal(mayTrace(context, settings), true);
    equal(deferred.isMade, false);
    deferred.spanContext();
    equal(mayTrace(context, settings), false);
    equal(mayTrace(context, settings), false);
  });

  it('is for the options to say first', () => {
    equal(mayTrace(sampled, resolveSettings({ spans: 'none' }, {})), false);
    equal(mayTrace(unsampled, resolveSettings({ requireParentSpan: false }, {})), true);
  });
});
