import { context, metrics, SpanKind, trace, TraceFlags } from '@opentelemetry/api';

/**
 * What each operation needs of the API, taken once: the API's exports are getters of an object that the engine keeps as a
 * dictionary, so that each use of one costs some 200 instructions, a twentieth of an operation's.
 */
export const contextApi = context;
export const metricsApi = metrics;
export const traceApi = trace;
export const { SAMPLED } = TraceFlags;
export const { CLIENT, INTERNAL } = SpanKind;
