import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { CacheInstrumentationConfig } from '../../../src';
import { SCOPE_NAME } from '../../../src/semconv';
import { AppCache } from '../../../src/telemetry/app-level/app-cache';
import { LightSpan } from '../../../src/telemetry/app-level/light-span';
import { FinishedSpans } from '../../../src/telemetry/finished-spans';
import type { Telemetry } from '../../../src/telemetry/telemetry';
import { createSdk, type Sdk } from '../../support/sdk';
import { clientOf, run, startTelemetry } from '../calls';

/** An SDK whose spans can be handed over, and telemetry that uses it. */
class OwnSdk {
  readonly exporter = new InMemorySpanExporter();
  readonly telemetry: Telemetry;

  constructor(config: CacheInstrumentationConfig, handsOver: boolean) {
    const processor = new SimpleSpanProcessor(this.exporter);
    const spans = new FinishedSpans(processor, isTracingSuppressed);
    const learning = {
      onStart: () => undefined,
      onEnd: (span: ReadableSpan) => {
        spans.learn(span);
        processor.onEnd(span);
      },
      forceFlush: () => processor.forceFlush(),
      shutdown: () => processor.shutdown(),
    };
    const provider = new BasicTracerProvider({ spanProcessors: [learning] });
    trace.setGlobalTracerProvider(provider);
    this.telemetry = startTelemetry(config);
    const tracer = provider.getTracer(SCOPE_NAME, '1');
    (this.telemetry as unknown as { spans: { tracer: unknown } }).spans.tracer = tracer;
    if (handsOver) this.telemetry.handOverSpans(spans);
    tracer.startSpan('first').end();
    this.exporter.reset();
  }

  stop(): void {
    this.telemetry.stop();
    trace.disable();
  }
}

/** Whatever can be told of a span, but for what differs from run to run; each with the name of its parent. */
function told(spans: readonly ReadableSpan[]): unknown[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  equal(names.size, spans.length);
  return spans.map((span) => {
    const { name, kind, attributes, status, parentSpanContext, events, links, resource, instrumentationScope } = span;
    const { traceId, traceFlags } = span.spanContext();
    ok(span.ended && span.duration[0] >= 0 && span.endTime[0] >= span.startTime[0]);
    const parent = names.get(parentSpanContext!.spanId) ?? parentSpanContext!.spanId;
    const shown = events.map((event) => [event.name, event.attributes]);
    const common = { traceId, traceFlags, resource: resource.attributes, scope: instrumentationScope.name };
    const sorted = Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
    return { name, kind, attributes: sorted, status, parent, shown, links, ...common };
  });
}

describe('app-level spans that are handed over', () => {
  let sdk: Sdk;
  before(() => {
    // For the context manager.
    sdk = createSdk();
    trace.disable();
  });
  after(() => sdk.dispose());

  /** A load that fails, one with a command and a span of the application below it, a hit, and a slow one. */
  async function work(telemetry: Telemetry): Promise<void> {
    const begin = () => telemetry.appLevel.begin(new AppCache('products'), 'get_or_set', 'product:1')!;
    const failing = begin();
    failing.lookup('product:1', false);
    await failing.load(() => Promise.reject(new RangeError('no'))).catch((error: unknown) => failing.fail(error));
    const loading = begin();
    loading.run(() => run(telemetry, clientOf(telemetry), 'get', ['product:1'], null));
    loading.lookup('product:1', false);
    await loading.load(async () => {
      await passes(1);
      trace.getTracer('app').startActiveSpan('SELECT', (span) => span.end());
      const active = trace.getActiveSpan()!;
      ok(active.isRecording());
      active.setAttribute('rows', 3).addEvent('read', { table: 'products' });
    });
    loading.wrote('product:1', 60);
    loading.succeed();
    const hit = begin();
    hit.lookup('product:1', true);
    hit.succeed();
  }

  async function spansOf(config: CacheInstrumentationConfig, handsOver: boolean): Promise<ReadableSpan[]> {
    const own = new OwnSdk(config, handsOver);
    try {
      await sdk.withParent(() => work(own.telemetry));
      return own.exporter.getFinishedSpans();
    } finally {
      own.stop();
    }
  }

  for (const config of [{}, { spans: ['errors', 'misses'] }, { spans: ['errors'] }, { keys: 'full' }] as const) {
    it(`are those that the SDK makes: ${JSON.stringify(config)}`, async () => {
      const [handed, made] = [await spansOf(config, true), await spansOf(config, false)];
      const plain = (spans: ReadableSpan[]): unknown =>
        JSON.parse(JSON.stringify(told(spans)).replace(/"traceId":"\w+"|"parent":"[0-9a-f]{16}"/g, '"of":"trace"'));
      deepEqual(plain(handed), plain(made));
      ok(handed.some((span) => span instanceof LightSpan));
      ok(!made.some((span) => span instanceof LightSpan));
      equal(handed.find(({ name }) => name === 'cache.load products')!.status.code, SpanStatusCode.ERROR);
    });
  }

  it('is made by the SDK where somebody adds to it, and takes nothing once it has ended', async () => {
    const own = new OwnSdk({}, true);
    try {
      await sdk.withParent(async () => {
        const operation = own.telemetry.appLevel.begin(new AppCache('products'), 'get_or_set', 'a')!;
        const active = await operation.load(() => Promise.resolve(trace.getActiveSpan()!));
        ok(!active.isRecording());
        active.setAttribute('late', true);
        operation.succeed();
        const [load, whole] = own.exporter.getFinishedSpans();
        deepEqual([load!.attributes['late'], load!.spanContext()], [undefined, active.spanContext()]);
        equal(load!.parentSpanContext!.spanId, whole!.spanContext().spanId);
        // It may wait for its export for long.
        ok(!Object.values(whole!).includes(operation as never), 'it holds what it is about');
      });
    } finally {
      own.stop();
    }
  });
});
