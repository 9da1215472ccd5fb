import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { CacheInstrumentationConfig } from '../../src';
import { METRIC_CACHE_HIT_RATE, METRIC_CACHE_MISSES } from '../../src/semconv';
import { AppCache } from '../../src/telemetry/app-level/app-cache';
import type { Client } from '../../src/telemetry/client';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { ROOT } from '../support/fixture';
import { createSdk, type Sdk, type SdkOptions } from '../support/sdk';
import type { MetricData } from '../support/telemetry-data';

type Temporality = 'cumulative' | 'delta';

/** The clock of the copies of the package, while it stands still. */
let standstill: (() => number) | undefined;

/** A copy of the package with a state of its own: making a producer rests the instruments of a process for good. */
function freshPackage() {
  const source = `${ROOT}${sep}src${sep}`;
  // The package takes the clock when it is loaded.
  const clock = performance.now.bind(performance);
  performance.now = () => standstill?.() ?? clock();
  // The helper that makes calls has to use the same copy.
  const isOwn = (file: string) => file.startsWith(source) || file === require.resolve('./calls');
  const used = Object.entries(require.cache).filter(([file]) => isOwn(file));
  for (const [file] of used) delete require.cache[file];
  try {
    const load = createRequire(__filename);
    return {
      ...(load('../../src/current') as typeof import('../../src/current')),
      ...(load('../../src/metric-producer') as typeof import('../../src/metric-producer')),
      ...(load('../../src/peers/metrics-sdk') as typeof import('../../src/peers/metrics-sdk')),
      ...(load(
        '../../src/telemetry/metrics/direct-readers',
      ) as typeof import('../../src/telemetry/metrics/direct-readers')),
      ...(load('./calls') as typeof import('./calls')),
    };
  } finally {
    Reflect.deleteProperty(performance, 'now');
    for (const file of Object.keys(require.cache)) if (isOwn(file)) delete require.cache[file];
    for (const [file, module] of used) require.cache[file] = module;
  }
}

type Package = ReturnType<typeof freshPackage>;

/** One call, drawn at random. */
interface Step {
  readonly client: number;
  readonly command: number;
  readonly key: number;
  readonly size: number;
  readonly failure: number;
  readonly milliseconds: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  client: fc.nat(3),
  command: fc.nat(9),
  key: fc.nat(12),
  size: fc.nat(5000),
  failure: fc.nat(25),
  // Whole parts of a power of two, so that sums are exact in whatever order they are made.
  milliseconds: fc.nat(20_000).map((parts) => (parts * 1000) / 1024),
});

const workload = fc.array(fc.array(step, { maxLength: 40 }), { minLength: 3, maxLength: 3 });

/** What is called, and what it is answered. */
function callOf({ command, key, size }: Step): [name: string, args: unknown[], reply: unknown] {
  const name = `${['user', 'item', 'session'][key % 3]}:${key}:data`;
  const value = 'x'.repeat(size);
  const calls: [string, unknown[], unknown][] = [
    ['get', [name], value],
    ['get', [name], null],
    ['set', [name, value], 'OK'],
    ['set', [name, value, 'EX', 60], 'OK'],
    ['mget', [name, 'item:77:data', 'other:1'], [value, null, null]],
    ['hgetall', [name], ['field', value]],
    ['del', [name], 1],
    ['incr', [name], size],
    ['lpush', [name, value], 1],
    ['exists', [name, 'item:5:data'], 1],
  ];
  return calls[command]!;
}

const WRONG_TYPE = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const APP_CACHES = [new AppCache('products'), new AppCache('two levels', { levels: ['memory', 'redis'] })];

/** A step of an app-level cache. */
function runAppLevel({ appLevel }: Telemetry, { client, command, key, size }: Step, pass: () => void): void {
  const names = ['get', 'get_or_set', 'set'] as const;
  const operation = appLevel.begin(APP_CACHES[client % 2]!, names[command % 3]!, `user:${key}`)!;
  if (command % 2 === 0) operation.answeredBy('memory');
  operation.lookup(`user:${key}`, command % 2 === 0);
  const load = () => {
    pass();
    if (command === 3) throw REFUSED;
  };
  try {
    operation.load(load);
    operation.sized(size);
    operation.wrote(`user:${key}`, command > 6 ? 60 : undefined);
    if (command === 5) operation.joined();
    operation.succeed();
  } catch (error) {
    operation.fail(error);
  }
}

/** Runs steps by a clock that stands still but for the steps' own time, so that two runs measure the same. */
function runSteps(telemetry: Telemetry, clients: readonly Client[], steps: readonly Step[]): void {
  let time = 1000;
  standstill = () => time;
  try {
    for (const one of steps) {
      const [name, args, reply] = callOf(one);
      const client = clients[one.client]!;
      if (one.failure === 1) {
        const batch = telemetry.beginBatch(client, 'PIPELINE');
        const series = client.route.named(name);
        batch.add(series, args, 0);
        batch.add(series, args, 0);
        telemetry.memberSucceeded(batch, series, args, 0, reply);
        telemetry.memberFailed(batch, series, args, 0, WRONG_TYPE, 'WRONGTYPE');
        time += one.milliseconds;
        telemetry.finishBatch(batch, undefined, undefined);
        continue;
      }
      if (one.failure > 20) {
        runAppLevel(telemetry, one, () => (time += one.milliseconds));
        continue;
      }
      const answer = one.failure === 2 ? WRONG_TYPE : one.failure === 3 ? REFUSED : reply;
      const operation = telemetry.begin(client, name, args, 0)!;
      time += one.milliseconds;
      if (answer instanceof Error) telemetry.fail(operation, answer, answer === REFUSED ? undefined : 'WRONGTYPE');
      else telemetry.succeed(operation, answer);
    }
  } finally {
    standstill = undefined;
  }
}

/** One way out, from the calls to the reader. */
class Way {
  readonly telemetry: Telemetry;
  readonly sdk: Sdk;
  readonly #clients: readonly Client[];

  constructor(
    readonly own: Package,
    options: SdkOptions,
    config: CacheInstrumentationConfig,
  ) {
    this.telemetry = own.startTelemetry(config);
    own.activate(this.telemetry);
    this.sdk = createSdk({ global: false, ...options });
    this.telemetry.setMeterProvider(this.sdk.meterProvider);
    this.#clients = [
      own.clientOf(this.telemetry),
      own.clientOf(this.telemetry, {}, 'named'),
      own.clientOf(this.telemetry, { namespace: '3' }),
      own.clientOf(this.telemetry, { endpoint: { address: '/tmp/redis.sock' } }, 'named'),
    ];
  }

  async collect(steps: readonly Step[]): Promise<readonly MetricData[]> {
    runSteps(this.telemetry, this.#clients, steps);
    return this.sdk.collectMetrics();
  }

  async end(): Promise<void> {
    this.own.forget(this.telemetry);
    this.own.deactivate(this.telemetry);
    await this.sdk.dispose();
  }
}

/** Points by scope, name and attributes, less what tells nothing of the data. */
function comparable(points: readonly MetricData[], temporality: Temporality): Map<string, object> {
  const shown = new Map<string, object>();
  for (const point of points) {
    // The SDK tells of each counter that did not move, the producer of none.
    if (temporality === 'delta' && point.type === 'sum' && point.value === 0) continue;
    const id = JSON.stringify([point.scope.name, point.name, Object.entries(point.attributes).sort()]);
    assert.ok(!shown.has(id), `told once: ${id}`);
    const anywhere = { timeUnixNano: undefined, resource: undefined };
    shown.set(id, { ...point, ...anywhere });
  }
  return new Map([...shown].sort(([one], [other]) => (one < other ? -1 : 1)));
}

describe('the ways out of the statistics', () => {
  let instruments: Package;
  let producers: Package;
  let asked: Package;
  before(function () {
    // The copies of the package are compiled here.
    this.timeout(60_000);
    instruments = freshPackage();
    producers = freshPackage();
    asked = freshPackage();
    asked.joinMetricsSdk(createRequire(__filename)('@opentelemetry/sdk-metrics/build/src/MeterProvider'));
  });
  after(() => {
    asked.leaveMetricsSdks();
  });

  for (const temporality of ['cumulative', 'delta'] as const) {
    for (const semconv of ['stable', 'dup'] as const) {
      it(`instruments, a producer and readers that ask us tell the same, point by point (${temporality}, semconv=${semconv})`, async () => {
        await fc.assert(
          fc.asyncProperty(workload, async (rounds) => {
            const metricProducers = [producers.cacheMetricProducer({ temporality })];
            const ways = [
              new Way(instruments, { temporality }, { semconv }),
              new Way(producers, { temporality, metricProducers }, { semconv }),
              new Way(asked, { temporality }, { semconv }),
            ];
            assert.deepEqual(
              ways.map(({ own, sdk }) => own.directReaders(sdk.meterProvider)?.source !== undefined),
              [false, false, true],
            );
            const gauges = new Map<string, object>();
            try {
              for (const steps of rounds) {
                const [told, produced, answered] = await Promise.all(ways.map((way) => way.collect(steps)));
                assert.deepEqual(comparable(answered!, temporality), comparable(produced!, temporality));
                const expected = comparable(produced!, temporality);
                if (temporality === 'cumulative') {
                  // The SDK repeats the last value of a gauge that was not observed.
                  for (const [id, point] of expected) {
                    if ((point as MetricData).name === METRIC_CACHE_HIT_RATE) gauges.set(id, point);
                  }
                  for (const [id, point] of gauges) expected.set(id, point);
                }
                const ordered = new Map([...expected].sort(([one], [another]) => (one < another ? -1 : 1)));
                assert.deepEqual(comparable(told!, temporality), ordered);
              }
            } finally {
              await Promise.all(ways.map((way) => way.end()));
            }
          }),
          { numRuns: 12 },
        );
      });
    }
  }

  /** A producer whose cache has seen every kind of call. */
  async function exported(temporality: Temporality, config: CacheInstrumentationConfig = { semconv: 'dup' }) {
    const exporter = new InMemoryMetricExporter(
      temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    );
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 1_000_000,
      metricProducers: [producers.cacheMetricProducer({ temporality })],
    });
    const provider = new MeterProvider({ readers: [reader] });
    const way = new Way(producers, {}, config);
    const steps = Array.from({ length: 200 }, (_, index) => ({
      client: index % 4,
      command: index % 10,
      key: index % 13,
      size: index * 10,
      failure: index % 25,
      milliseconds: index,
    }));
    await way.collect(steps);
    return {
      exporter,
      flush: async () => {
        await reader.forceFlush();
        return exporter.getMetrics().at(-1)!;
      },
      end: async () => {
        await way.end();
        await provider.shutdown();
      },
    };
  }

  it('the producer makes what the SDK makes: the same fields with the same types', async () => {
    const { flush, end } = await exported('cumulative');
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const example = provider.getMeter('example');
    example.createCounter('sum').add(1, { a: 'b' });
    example.createHistogram('histogram').record(1.5, { a: 'b' });
    example.createGauge('gauge').record(1.5, { a: 'b' });
    await reader.forceFlush();
    const shape = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.length > 0 ? [shape(value[0])] : [];
      if (typeof value !== 'object' || value === null) return typeof value;
      // `type` and `advice` are the SDK's own, and in none of its public types.
      const fields = Object.entries(value).filter(([name]) => !['attributes', 'type', 'advice'].includes(name));
      return Object.fromEntries(fields.map(([name, one]) => [name, shape(one)]));
    };
    const models = new Map(
      exporter.getMetrics()[0]!.scopeMetrics[0]!.metrics.map((metric) => [metric.dataPointType, shape(metric)]),
    );
    const { scopeMetrics } = await flush();
    assert.equal(scopeMetrics.length, 2);
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      assert.deepEqual(shape(metric), models.get(metric.dataPointType), metric.descriptor.name);
    }
    await Promise.all([end(), provider.shutdown()]);
  });

  it('Prometheus gets a valid page', async () => {
    const { flush, end } = await exported('cumulative');
    const page = new PrometheusSerializer().serialize(await flush());
    const announced = new Map<string, string>();
    const series = new Set<string>();
    for (const line of page.trim().split('\n')) {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
      if (type !== null) {
        assert.ok(!announced.has(type[1]!), `announced twice: ${type[1]}`);
        announced.set(type[1]!, type[2]!);
      }
      if (line.startsWith('#')) continue;
      const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})? (\S+)( \d+)?$/.exec(
        line,
      );
      assert.ok(sample, line);
      const [, name, labels = '', value] = sample;
      assert.ok(!series.has(name! + labels), `told twice: ${line}`);
      series.add(name! + labels);
      assert.ok(value === '+Inf' || Number.isFinite(Number(value)), line);
      const family = name!.replace(/_(bucket|sum|count)$/, '');
      assert.ok(announced.has(name!) || announced.get(family) === 'histogram', line);
    }
    assert.ok(announced.has('cache_hits_total') && announced.has('db_client_operation_duration'));
    await end();
  });

  it('delta: each collection starts where the last one ended, and an idle one tells nothing', async () => {
    const { flush, exporter, end } = await exported('delta');
    const first = await flush();
    const points = first.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((one) => one.dataPoints as object[]));
    const ends = new Set(points.map((point) => JSON.stringify((point as { endTime: unknown }).endTime)));
    assert.equal(ends.size, 1);
    const { dataPointType } = first.scopeMetrics[0]!.metrics[0]!;
    assert.equal(dataPointType, DataPointType.SUM);
    exporter.reset();
    const second = await flush();
    assert.deepEqual(second?.scopeMetrics.filter(({ metrics }) => metrics.length > 0) ?? [], []);
    await end();
  });

  it('each reader has its own intervals', async () => {
    const [one, other] = [producers.cacheMetricProducer(), producers.cacheMetricProducer()];
    const telemetry = producers.startTelemetry();
    producers.activate(telemetry);
    const client = producers.clientOf(telemetry);
    const rate = async (producer: typeof one): Promise<number[]> => {
      const { resourceMetrics } = (await producer.collect()) as Awaited<ReturnType<typeof one.collect>>;
      const all = (
        resourceMetrics.scopeMetrics as {
          metrics: { descriptor: { name: string }; dataPoints: { value: number }[] }[];
        }[]
      )
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === METRIC_CACHE_HIT_RATE);
      return all.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
    };
    producers.run(telemetry, client, 'get', ['a'], 'x');
    assert.deepEqual(await rate(one), [1]);
    producers.run(telemetry, client, 'get', ['a'], null);
    assert.deepEqual(await rate(one), [0]);
    assert.deepEqual(await rate(other), [0.5]);
    assert.deepEqual([await rate(one), await rate(other)], [[], []]);
    producers.forget(telemetry);
    producers.deactivate(telemetry);
  });

  it('cumulative: counters do not fall when one instrumentation takes the place of another', async () => {
    const producer = producers.cacheMetricProducer({ temporality: 'cumulative' });
    const own = createSdk({ global: false, metricProducers: [producer] });
    const misses = async (): Promise<number> =>
      (await own.collectMetrics())
        .filter(({ name }) => name === METRIC_CACHE_MISSES)
        .reduce((sum, { value }) => sum + Number(value), 0);
    const seen: number[] = [];
    for (let made = 0; made < 3; made++) {
      const telemetry = producers.startTelemetry();
      producers.activate(telemetry);
      producers.run(telemetry, producers.clientOf(telemetry), 'get', ['a'], null);
      seen.push(await misses());
      producers.deactivate(telemetry);
      seen.push(await misses());
    }
    const [first] = seen as [number];
    assert.deepEqual(seen, [first, first, first + 1, first + 1, first + 2, first + 2]);
    await own.dispose();
  });

  it('options that are none are warned of, and the defaults hold', async () => {
    const warnings: string[] = [];
    const ignore = () => undefined;
    const logger = { error: ignore, info: ignore, debug: ignore, verbose: ignore };
    diag.setLogger({ ...logger, warn: (message) => warnings.push(message) }, DiagLogLevel.WARN);
    const telemetry = producers.startTelemetry();
    producers.activate(telemetry);
    const client = producers.clientOf(telemetry);
    for (const odd of [null, 'delta', { temporality: 'sideways' }]) {
      const producer = producers.cacheMetricProducer(odd as never);
      producers.run(telemetry, client, 'get', ['a'], 'x');
      const { resourceMetrics } = (await producer.collect()) as {
        resourceMetrics: { scopeMetrics: { metrics: { aggregationTemporality: number }[] }[] };
      };
      const [first] = resourceMetrics.scopeMetrics[0]!.metrics;
      assert.equal(first!.aggregationTemporality, AggregationTemporality.CUMULATIVE);
    }
    diag.disable();
    producers.deactivate(telemetry);
    const shown = ['cacheMetricProducer is null', "cacheMetricProducer is 'delta'", "option temporality is 'sideways'"];
    assert.equal(warnings.length, shown.length);
    for (const [index, part] of shown.entries()) assert.ok(warnings[index]!.includes(part), warnings[index]);
  });

  it('what goes wrong in a collection is a rejection, not an exception', async () => {
    const producer = producers.cacheMetricProducer();
    const telemetry = producers.startTelemetry();
    producers.activate(telemetry);
    const { statistics } = telemetry;
    telemetry.statistics = undefined as never;
    await assert.rejects(producer.collect(), TypeError);
    telemetry.statistics = statistics;
    producers.deactivate(telemetry);
  });
});
