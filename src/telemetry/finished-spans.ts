import {
  type Attributes,
  type Context,
  type HrTime,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
} from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import { CLIENT, SAMPLED } from './api';
import { spanIn } from './caller-span';
import { randomSpanId } from './span-ids';

export const UNSET: SpanStatus = Object.freeze({ code: SpanStatusCode.UNSET });
export const NONE: never[] = [];
Object.freeze(NONE);

/**
 * A span that has ended: the trace SDK's `ReadableSpan`, without a dependency on its types.
 * @see https://open-telemetry.github.io/opentelemetry-js/interfaces/_opentelemetry_sdk-trace-base.ReadableSpan.html
 */
export class FinishedSpan {
  readonly kind: SpanKind = CLIENT;
  readonly status: SpanStatus;
  readonly links: Link[] = NONE;
  readonly events: never[] = NONE;
  readonly ended = true;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  readonly duration: HrTime;
  private readonly context: SpanContext;

  constructor(
    readonly name: string,
    readonly attributes: Attributes,
    readonly parentSpanContext: SpanContext,
    readonly resource: unknown,
    readonly instrumentationScope: unknown,
    readonly startTime: HrTime,
    readonly endTime: HrTime,
    /** Undefined: it is no error. */
    error: string | undefined,
  ) {
    this.context = contextBelow(parentSpanContext);
    this.duration = difference(startTime, endTime);
    this.status = error === undefined ? UNSET : { code: SpanStatusCode.ERROR, message: error };
  }

  spanContext(): SpanContext {
    return this.context;
  }
}

/** A new span's context. */
export function contextBelow({ traceId, traceState }: SpanContext): SpanContext {
  return { traceId, spanId: randomSpanId(), traceFlags: SAMPLED, traceState } as SpanContext;
}

export function difference(start: HrTime, end: HrTime): HrTime {
  const nanos = end[1] - start[1];
  return nanos < 0 ? [end[0] - start[0] - 1, nanos + 1e9] : [end[0] - start[0], nanos];
}

/** What is read of a span of the SDK. */
interface SdkSpan {
  readonly resource?: object;
  readonly instrumentationScope?: { readonly name: string };
  readonly parentSpanContext?: unknown;
}

/** Takes spans that have ended: the SDK's `SpanProcessor`, as far as it is used. */
export interface SpanTaker {
  onEnd(span: object): void;
}

/**
 * Hands spans that have ended to a span processor. The SDK's own way to make a span checks and copies each attribute three times: that
 * is two thirds of what a span costs. It can be gone round where the SDK is ours and its sampler goes by the parent: then a span
 * below a sampled one is sampled, whatever it is.
 */
export class FinishedSpans {
  resource: object | undefined = undefined;
  scope: object | undefined = undefined;
  /** The last context that was looked at, which most have in common with the one before, and the last parent. */
  private looked: Context = ROOT_CONTEXT;
  private parent: SpanContext | undefined = undefined;

  /**
   * @param processor that of the SDK; it does nothing when a span starts
   * @param isSuppressed whether no spans are wanted in a context
   */
  constructor(
    private readonly processor: SpanTaker,
    private readonly isSuppressed: (context: Context) => boolean,
  ) {}

  /** The SDK has made a span. The first of ours tells what all of them have in common. */
  learn(span: object): void {
    const { resource, instrumentationScope, parentSpanContext } = span as SdkSpan;
    // Before 2.0 spans looked different.
    if (instrumentationScope?.name !== SCOPE_NAME || parentSpanContext === undefined) return;
    this.resource = resource;
    this.scope = instrumentationScope;
  }

  /** @returns the parent of the span that may be handed over in this context; undefined: the SDK has to make it */
  parentIn(context: Context): SpanContext | undefined {
    if (this.resource === undefined) return undefined;
    if (context !== this.looked) {
      this.parent = this.isSuppressed(context) ? undefined : this.sampled(spanIn(context)?.spanContext());
      this.looked = context;
    }
    return this.parent;
  }

  private sampled(parent: SpanContext | undefined): SpanContext | undefined {
    if (parent === undefined || parent === this.parent) return parent;
    return (parent.traceFlags & SAMPLED) !== 0 && isSpanContextValid(parent) ? parent : undefined;
  }

  /** @param error the message of the status; undefined: it is no error */
  handOver(
    name: string,
    attributes: Attributes,
    parent: SpanContext,
    startTime: HrTime,
    endTime: HrTime,
    error: string | undefined,
  ): void {
    const { resource, scope } = this;
    this.take(new FinishedSpan(name, attributes, parent, resource, scope, startTime, endTime, error));
  }

  /** @param span one that has ended, as the SDK reads it */
  take(span: object): void {
    this.processor.onEnd(span);
  }
}
