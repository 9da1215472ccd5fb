import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import {
  context,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type TraceState,
} from '@opentelemetry/api';
import { hrTimeDuration, isTracingSuppressed, millisToHrTime, suppressTracing } from '@opentelemetry/core';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import type { CacheInstrumentationConfig } from '../../src';
import { hrTime } from '../../src/telemetry/clock';
import { FinishedSpan, FinishedSpans } from '../../src/telemetry/finished-spans';
import { randomSpanId } from '../../src/telemetry/span-ids';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { SCOPE_NAME } from '../../src/semconv';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, run, runBatch, startTelemetry } from './calls';

const WRONG_TYPE = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');

/** All kinds of calls, so that all attributes come. */
const CALLS: readonly [name: string, args: unknown[], reply: unknown][] = [
  ['get', ['user:1:data'], 'value'],
  ['get', ['user:2:data'], null],
  ['set', ['user:1:data', 'value', 'EX', 60], 'OK'],
  ['set', ['user:1:data', 'value', 'ex', 60, 'nx'], 'OK'],
  ['mget', ['user:1:data', 'item:77:data', 'other:1'], ['value', null, null]],
  ['mget', ['item:1', 'item:2', 'item:3'], ['a', 'b', 'c']],
  ['hget', ['user:1:data', 'field'], WRONG_TYPE],
  ['del', ['user:1:data', 'user:2:data'], 1],
  ['mset', ['user:1:data', 'a', 'user:2:data', 'b'], 'OK'],
  ['evalsha', ['0123456789abcdef0123456789abcdef01234567', 1, 'user:1:data'], 1],
  ['lpush', ['list', 'a'], Object.assign(new Error(''), { code: 'ECONNRESET' })],
  ['dbsize', [], 5],
];

/** An SDK as the preload starts it. */
class OwnSdk {
  readonly exporter = new InMemorySpanExporter();
  private readonly batch = new BatchSpanProcessor(this.exporter);
  readonly spans = new FinishedSpans(this.batch, isTracingSuppressed);
  readonly provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => {
          this.spans.learn(span);
          this.batch.onEnd(span);
        },
        forceFlush: () => this.batch.forceFlush(),
        shutdown: () => this.batch.shutdown(),
      },
    ],
  });

  telemetry(config: CacheInstrumentationConfig, handsOver: boolean): Telemetry {
    trace.setGlobalTracerProvider(this.provider);
    const telemetry = startTelemetry(config);
    (telemetry as unknown as { spans: { tracer: unknown } }).spans.tracer = this.provider.getTracer(SCOPE_NAME, '1');
    trace.disable();
    if (handsOver) telemetry.handOverSpans(this.spans);
    return telemetry;
  }

  async exported(): Promise<ReadableSpan[]> {
    await this.batch.forceFlush();
    return this.exporter.getFinishedSpans();
  }
}

const PARENT = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.SAMPLED };

function below(parent: Context, fn: () => void): void {
  context.with(parent, fn);
}

const sampled = (more: Partial<SpanContext> = {}) => trace.setSpanContext(ROOT_CONTEXT, { ...PARENT, ...more });

function runAll(telemetry: Telemetry): void {
  const client = clientOf(telemetry);
  for (const [name, args, reply] of CALLS) run(telemetry, client, name, args, reply);
  runBatch(telemetry, client, [
    ['get', ['user:1:data'], 'value'],
    ['get', ['user:2:data'], 'value'],
  ]);
}

/** All that a backend receives, but for what is random and the times. */
function received(spans: ReadableSpan[]): unknown {
  const text = Buffer.from(JsonTraceSerializer.serializeRequest(spans)!).toString();
  const request = JSON.parse(text, (name, value: unknown) => {
    if (name === 'spanId' || name === 'startTimeUnixNano' || name === 'endTimeUnixNano') return typeof value;
    if (name !== 'attributes') return value;
    return (value as { key: string }[]).sort((one, other) => (one.key < other.key ? -1 : 1));
  }) as unknown;
  return request;
}

describe('spans that are handed over when they have ended', () => {
  let sdk: Sdk;

  before(() => {
    // For the context manager.
    sdk = createSdk();
  });

  after(() => sdk.dispose());

  const configs: CacheInstrumentationConfig[] = [
    {},
    { semconv: 'dup' },
    { semconv: 'legacy' },
    { keys: 'full' },
    { keys: 'none' },
    { spans: ['errors', 'misses'] },
  ];
  for (const config of configs) {
    it(`are those that the SDK makes, over both protocols: ${JSON.stringify(config)}`, async () => {
      const [ways, made] = [[true, false], [] as ReadableSpan[][]];
      for (const handsOver of ways) {
        const own = new OwnSdk();
        const telemetry = own.telemetry(config, handsOver);
        below(sampled(), () => {
          runAll(telemetry);
          runAll(telemetry);
        });
        made.push(await own.exported());
        await own.provider.shutdown();
      }
      const [handed, usual] = made as [ReadableSpan[], ReadableSpan[]];
      equal(handed.filter((span) => span instanceof FinishedSpan).length, usual.length - 1, 'all but the first');
      deepEqual(received(handed), received(usual));
      const protobuf = made.map((spans) => ProtobufTraceSerializer.serializeRequest(spans)!.length);
      equal(protobuf[0], protobuf[1]);
      const fields = (span: ReadableSpan) =>
        [
          ...Object.keys(span),
          'duration',
          'ended',
          'droppedAttributesCount',
          'droppedEventsCount',
          'droppedLinksCount',
        ].filter((name) => !name.startsWith('_') && name !== 'context');
      deepEqual([...new Set(fields(handed.at(-1)!))].sort(), [...new Set(fields(usual.at(-1)!))].sort());
    });
  }

  it('keep the trace state, and have ids of their own', async () => {
    const own = new OwnSdk();
    const telemetry = own.telemetry({}, true);
    const traceState: TraceState = {
      serialize: () => 'vendor=1',
      get: () => '1',
      set: () => traceState,
      unset: () => traceState,
    };
    below(sampled({ traceState }), () => runAll(telemetry));
    const spans = await own.exported();
    for (const span of spans) {
      const { traceId, spanId, traceFlags, traceState: own } = span.spanContext();
      deepEqual([traceId, traceFlags, own?.serialize()], [PARENT.traceId, TraceFlags.SAMPLED, 'vendor=1']);
      match(spanId, /^[0-9a-f]{16}$/);
      notEqual(spanId, PARENT.spanId);
    }
    equal(new Set(spans.map((span) => span.spanContext().spanId)).size, spans.length);
    await own.provider.shutdown();
  });

  it('are made by the SDK where they have no parent, and there are none where tracing is suppressed', async () => {
    const own = new OwnSdk();
    const telemetry = own.telemetry({ requireParentSpan: false }, true);
    below(sampled(), () => runAll(telemetry));
    await own.exported();
    own.exporter.reset();
    below(ROOT_CONTEXT, () => runAll(telemetry));
    const roots = await own.exported();
    equal(roots.length, CALLS.length + 1);
    equal(
      roots.some((span) => span instanceof FinishedSpan),
      false,
    );
    own.exporter.reset();
    below(suppressTracing(sampled()), () => runAll(telemetry));
    deepEqual(await own.exported(), []);
    await own.provider.shutdown();
  });

  it('are made by the SDK for a hook, and for a tracer that the application has set', async () => {
    for (const change of [
      (telemetry: Telemetry) => telemetry.configure({ ...telemetry.settings, requestHook: () => undefined }),
      (telemetry: Telemetry, { provider }: OwnSdk) => telemetry.setTracer(provider.getTracer('other')),
    ]) {
      const own = new OwnSdk();
      const telemetry = own.telemetry({}, true);
      below(sampled(), () => runAll(telemetry));
      await own.exported();
      own.exporter.reset();
      change(telemetry, own);
      below(sampled(), () => runAll(telemetry));
      const spans = await own.exported();
      equal(spans.length, CALLS.length + 1);
      equal(
        spans.some((span) => span instanceof FinishedSpan),
        false,
      );
      await own.provider.shutdown();
    }
  });

  it('come after what ended before them, and are lost after the shutdown like any other', async () => {
    const own = new OwnSdk();
    const telemetry = own.telemetry({}, true);
    const tracer = own.provider.getTracer('application');
    below(sampled(), () => {
      runAll(telemetry);
      tracer.startSpan('between', {}, sampled()).end();
      runAll(telemetry);
    });
    const names = (await own.exported()).map(({ name }) => name);
    equal(names.indexOf('between'), CALLS.length + 1);
    equal(names.length, 2 * CALLS.length + 3);
    await own.provider.shutdown();
    own.exporter.reset();
    below(sampled(), () => runAll(telemetry));
    deepEqual(own.exporter.getFinishedSpans(), []);
  });

  it('have times that are rounded as the SDK rounds them', () => {
    const time = fc.double({ min: 1.5e12, max: 2e12, noNaN: true });
    fc.assert(fc.property(time, (millis) => deepEqual(hrTime(millis), millisToHrTime(millis))));
    fc.assert(
      fc.property(time, fc.double({ min: 0, max: 1e5, noNaN: true }), (start, took) => {
        const [begin, end] = [hrTime(start), hrTime(start + took)];
        const { duration } = new FinishedSpan('', {}, PARENT, {}, {}, begin, end, undefined);
        deepEqual(duration, hrTimeDuration(begin, end));
      }),
    );
  });

  it('have ids of 16 digits, each its own', () => {
    const made = new Set(Array.from({ length: 10_000 }, randomSpanId));
    equal(made.size, 10_000);
    for (const id of made) match(id, /^[0-9a-f]{16}$/);
  });

  it('have ids that are never all zeros', () => {
    const { random } = Math;
    Math.random = () => 0;
    try {
      // Some may have been made before.
      const made = Array.from({ length: 1000 }, randomSpanId);
      for (const id of made) match(id, /^0*[1-9a-f]/);
      match(made.at(-1)!, /^0*10*$/);
    } finally {
      Math.random = random;
      // What was made of zeros is not for others.
      Array.from({ length: 1000 }, randomSpanId);
    }
  });
});
