import { context, type Context, createContextKey } from '@opentelemetry/api';
import { runInContext } from '../../telemetry/callers-context';
import { foreignSpans } from '../../telemetry/foreign-spans';
import { mayTrace } from '../../telemetry/may-trace';
import type { Telemetry } from '../../telemetry/telemetry';

/** They make a span of whatever a client sends. */
const OFFICIAL = ['@opentelemetry/instrumentation-redis', '@opentelemetry/instrumentation-redis-4'];

/** Where the SDK makes no spans, as `suppressTracing` of `@opentelemetry/core` says it. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const CALLER = createContextKey('opentelemetry-instrumentation-cache: the caller of what takes several commands');

/** Usually there is nobody else, and then it must cost nothing. */
let isUsed = false;

/**
 * Runs what may send several commands for one operation so that the official instrumentation makes no spans of them: the whole has
 * one span, ours. Where there would be none of ours, theirs stay.
 */
export function runAsWhole<T>(telemetry: Telemetry, run: () => T): T {
  const inner = telemetry.attempt(() => withoutOthers(telemetry));
  if (inner === undefined) return run();
  isUsed = true;
  return runInContext(inner, run);
}

function withoutOthers({ settings }: Telemetry): Context | undefined {
  if (!OFFICIAL.some((scope) => foreignSpans.recognizes(scope))) return undefined;
  const caller = context.active();
  return mayTrace(caller, settings) ? caller.setValue(SUPPRESSED, true).setValue(CALLER, caller) : undefined;
}

/** Runs what is no part of the operation's own commands, or tells of its caller, where spans are wanted again. */
export function runForCaller<T>(run: () => T): T {
  const caller = isUsed ? activeCaller() : undefined;
  return caller === undefined ? run() : runInContext(caller, run);
}

function activeCaller(): Context | undefined {
  try {
    return context.active().getValue(CALLER) as Context | undefined;
  } catch {
    return undefined;
  }
}
