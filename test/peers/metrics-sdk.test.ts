import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { types } from 'node:util';
import { diag, DiagLogLevel, metrics } from '@opentelemetry/api';
import * as sdk from '@opentelemetry/sdk-metrics';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  InstrumentType,
  MeterProvider,
  type MeterProviderOptions,
  type MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { CacheInstrumentation } from '../../src';
import { currentTelemetry } from '../../src/current';
import { METRIC_CACHE_OPERATIONS, METRIC_DB_CLIENT_OPERATION_DURATION, SCOPE_NAME } from '../../src/semconv';
import { clientOf, forget, run } from '../telemetry/calls';

const { CUMULATIVE, DELTA } = AggregationTemporality;

describe('the metrics SDK of the application', () => {
  let instrumentation: CacheInstrumentation;
  const providers: MeterProvider[] = [];

  beforeEach(() => {
    instrumentation = new CacheInstrumentation();
    forget(currentTelemetry());
  });
  afterEach(async () => {
    instrumentation.disable();
    metrics.disable();
    diag.disable();
    await Promise.all(providers.splice(0).map((provider) => provider.shutdown()));
  });

  type ReaderOptions = Omit<ConstructorParameters<typeof PeriodicExportingMetricReader>[0], 'exporter'>;

  /** A reader that collects when it is told to flush. */
  function reader(options: Partial<ReaderOptions> = {}, exporter = new InMemoryMetricExporter(CUMULATIVE)) {
    return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000, ...options });
  }

  /** A global provider, as the application makes it. */
  function register(options: MeterProviderOptions, Type = MeterProvider): MeterProvider {
    const provider = new Type(options);
    providers.push(provider);
    metrics.setGlobalMeterProvider(provider);
    return provider;
  }

  /** A GET that hits. */
  function get(): void {
    run(currentTelemetry(), clientOf(currentTelemetry()), 'get', ['user:1'], 'value');
  }

  /** What a reader is told of ours: operations, and the count of durations. */
  async function told(one: MetricReader): Promise<(number | undefined)[]> {
    const { resourceMetrics } = await one.collect();
    const ours = resourceMetrics.scopeMetrics.filter(({ scope }) => scope.name === SCOPE_NAME);
    assert.ok(ours.length <= 1, `told ${ours.length} times`);
    const values = (name: string) =>
      (ours[0]?.metrics ?? [])
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
    const [operations] = values(METRIC_CACHE_OPERATIONS);
    const [durations] = values(METRIC_DB_CLIENT_OPERATION_DURATION);
    return [operations as number | undefined, (durations as { count: number } | undefined)?.count];
  }

  /** Whether a provider that is made so is told without instruments; what it is told is the same. */
  async function isAsked(make: () => readonly [MeterProvider, ...MetricReader[]]): Promise<boolean> {
    const [provider, ...readers] = make();
    let meters = 0;
    const { getMeter } = provider;
    provider.getMeter = (...args) => {
      meters++;
      return getMeter.apply(provider, args);
    };
    get();
    get();
    for (const one of readers) assert.deepEqual(await told(one), [2, 2]);
    return meters === 0;
  }

  function made(
    readers: readonly MetricReader[],
    options: MeterProviderOptions = {},
  ): [MeterProvider, ...MetricReader[]] {
    return [register({ ...options, readers: [...readers] }), ...readers];
  }

  it('its readers ask us: no instrument is made', async () => {
    assert.ok(await isAsked(() => made([reader()])));
  });

  it('each of several readers asks us', async () => {
    const { OBSERVABLE_UP_DOWN_COUNTER, UP_DOWN_COUNTER } = InstrumentType;
    const delta = new InMemoryMetricExporter(DELTA);
    // As the OTLP exporter has it where deltas are preferred.
    delta.selectAggregationTemporality = (type) =>
      [OBSERVABLE_UP_DOWN_COUNTER, UP_DOWN_COUNTER].includes(type) ? CUMULATIVE : DELTA;
    assert.ok(await isAsked(() => made([reader(), reader({}, delta)])));
  });

  it('a subclass of the provider', async () => {
    class Own extends MeterProvider {
      readonly own = true;
    }
    const one = reader();
    const provider = register({ readers: [one] }, Own);
    assert.ok(provider instanceof Own && provider instanceof MeterProvider && provider.own);
    assert.equal(provider.constructor, Own);
    get();
    assert.deepEqual(await told(one), [1, 1]);
  });

  it('where it was loaded before: also for those who have its exports', () => {
    const fresh = createRequire(__filename)('@opentelemetry/sdk-metrics') as typeof sdk;
    assert.ok(types.isProxy(fresh.MeterProvider) && types.isProxy(sdk.MeterProvider));
    instrumentation.disable();
    assert.ok(!types.isProxy(sdk.MeterProvider));
    const provider = new MeterProvider();
    assert.equal(provider.constructor, sdk.MeterProvider);
    instrumentation.enable();
    assert.ok(types.isProxy(sdk.MeterProvider));
  });

  const exponential = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const others: Record<string, () => [MeterProvider, ...MetricReader[]]> = {
    'a view, be it of other metrics': () => made([reader()], { views: [{ instrumentName: 'other', name: 'renamed' }] }),
    'a limit of series of its own': () => made([reader({ cardinalityLimits: { histogram: 100 } })]),
    'counters of another temporality than histograms': () => {
      const exporter = new InMemoryMetricExporter(CUMULATIVE);
      exporter.selectAggregationTemporality = (type) => (type === InstrumentType.HISTOGRAM ? DELTA : CUMULATIVE);
      return made([reader({}, exporter)]);
    },
    'one such reader among others': () => made([reader(), reader({ cardinalityLimits: { histogram: 100 } })]),
    'a reader that can not be changed': () => made([Object.preventExtensions(reader())]),
  };
  for (const [what, make] of Object.entries(others)) {
    it(`${what}: by instruments`, async () => {
      assert.ok(!(await isAsked(make)));
    });
  }

  it('other histograms: by instruments', async () => {
    const exporter = new InMemoryMetricExporter(CUMULATIVE);
    Object.assign(exporter, { selectAggregation: () => exponential });
    const one = reader({}, exporter);
    register({ readers: [one] });
    get();
    const { resourceMetrics } = await one.collect();
    const kinds = resourceMetrics.scopeMetrics.flatMap((scope) =>
      scope.metrics.map(({ dataPointType }) => dataPointType),
    );
    assert.ok(kinds.includes(sdk.DataPointType.EXPONENTIAL_HISTOGRAM) && !kinds.includes(sdk.DataPointType.HISTOGRAM));
  });

  it('a provider without readers, and one of which nothing is known', () => {
    register({});
    register(undefined as never);
    get();
  });

  it('a reader that can not say what it wants is left to the SDK', async () => {
    const one = reader();
    one.selectAggregation = () => {
      throw new Error('unknown');
    };
    // The SDK asks later, when there are instruments.
    const provider = new MeterProvider({ readers: [one] });
    providers.push(provider);
    assert.deepEqual((await one.collect()).errors, []);
  });

  it('the error of the SDK for a reader that has a provider is what the application gets, and its readers are as before', () => {
    const [taken, free] = [reader(), reader()];
    register({ readers: [taken] });
    assert.throws(() => new MeterProvider({ readers: [free, taken] }), /can not be bound to a MeterProvider again/);
    for (const one of [taken, free]) assert.ok(!Object.hasOwn(one, 'setMetricProducer'));
  });

  it("the application's own metrics, resource and errors are exported as ever", async () => {
    const one = reader();
    const provider = register({ readers: [one] });
    const meter = provider.getMeter('shop');
    meter.createCounter('orders').add(3);
    meter.createObservableGauge('stock').addCallback(() => {
      throw new Error('no stock');
    });
    get();
    const { resourceMetrics, errors } = await one.collect();
    assert.deepEqual(
      resourceMetrics.scopeMetrics.map(({ scope }) => scope.name),
      ['shop', SCOPE_NAME],
    );
    assert.equal(resourceMetrics.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value, 3);
    assert.deepEqual(errors.map(String), ['Error: no stock']);
    assert.ok(resourceMetrics.resource.attributes['service.name']);
  });

  it('a failure of ours leaves what is the application’s', async () => {
    const messages: unknown[] = [];
    const ignore = () => undefined;
    const error = (...parts: unknown[]) => messages.push(parts[0]);
    diag.setLogger({ error, warn: ignore, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.ERROR);
    const one = reader();
    register({ readers: [one] })
      .getMeter('shop')
      .createCounter('orders')
      .add(1);
    get();
    const { statistics } = currentTelemetry();
    const caches = statistics.caches.bind(statistics);
    statistics.caches = () => {
      throw new Error('broken');
    };
    try {
      const { resourceMetrics } = await one.collect();
      assert.deepEqual(
        resourceMetrics.scopeMetrics.map(({ scope }) => scope.name),
        ['shop'],
      );
    } finally {
      statistics.caches = caches;
    }
    assert.deepEqual(messages, [`${SCOPE_NAME}: the metrics of caches could not be collected`]);
  });

  it('a provider that is not the global one is told nothing', async () => {
    const [own, other] = [reader(), reader()];
    register({ readers: [own] });
    const provider = new MeterProvider({ readers: [other] });
    providers.push(provider);
    get();
    assert.deepEqual(
      [await told(own), await told(other)],
      [
        [1, 1],
        [undefined, undefined],
      ],
    );
  });

  it('disabled: its readers are told nothing more; enabled again: they go on', async () => {
    const one = reader();
    register({ readers: [one] });
    get();
    assert.deepEqual(await told(one), [1, 1]);
    instrumentation.disable();
    assert.deepEqual(await told(one), [undefined, undefined]);
    instrumentation.enable();
    get();
    assert.deepEqual(await told(one), [2, 2]);
  });
});
