import assert from 'node:assert/strict';
import { metrics, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type Redis from 'ioredis';
import { CacheInstrumentation, type CacheInstrumentationConfig } from '../src';
import { currentTelemetry } from '../src/current';
import { ATTR_CACHE_HITS, ATTR_CACHE_MISSES } from '../src/semconv';
import { useRedis } from './adapters/ioredis/use-redis';
import { copyLibrary } from './contract/library-copies';
import { createSdk, type Sdk } from './support/sdk';

describe('CacheInstrumentation', () => {
  const server = useRedis();
  const made: CacheInstrumentation[] = [];
  const sdks: Sdk[] = [];
  let redis: Redis;

  beforeEach(async () => {
    redis = await server.connect();
  });
  afterEach(async () => {
    for (const instrumentation of made.splice(0)) instrumentation.disable();
    for (const sdk of sdks.splice(0)) await sdk.dispose();
  });

  function instrument(config?: CacheInstrumentationConfig): CacheInstrumentation {
    const instrumentation = new CacheInstrumentation(config);
    made.push(instrumentation);
    return instrumentation;
  }

  function makeSdk(options?: Parameters<typeof createSdk>[0]): Sdk {
    const sdk = createSdk(options);
    sdks.push(sdk);
    return sdk;
  }

  function names(sdk: Sdk): string[] {
    return sdk.spans().map(({ name }) => name);
  }

  /** The value of a counter for the keys of one pattern. */
  async function count(sdk: Sdk, metric: string, pattern: string): Promise<number | undefined> {
    const points = await sdk.collectMetrics();
    return points.find(({ name, attributes }) => name === metric && attributes['cache.key_pattern'] === pattern)?.value;
  }

  it('is named and versioned', () => {
    const instrumentation = instrument();
    assert.equal(instrumentation.instrumentationName, 'opentelemetry-instrumentation-cache');
    assert.match(instrumentation.instrumentationVersion, /^\d+\.\d+\.\d+/);
  });

  it('works through registerInstrumentations, with providers that are not global', async () => {
    const sdk = makeSdk({ global: false });
    const { tracerProvider, meterProvider } = sdk;
    const unregister = registerInstrumentations({ tracerProvider, meterProvider, instrumentations: [instrument()] });
    await sdk.withParent(() => redis.get('registered:1'));
    assert.deepEqual(names(sdk), ['GET registered:*']);
    assert.equal(await count(sdk, 'cache.misses', 'registered:*'), 1);
    unregister();
    await sdk.withParent(() => redis.get('registered:1'));
    assert.equal(sdk.spans().length, 1);
  });

  it('works through NodeSDK', async () => {
    const exporter = new InMemorySpanExporter();
    const sdk = new NodeSDK({
      instrumentations: [instrument({ requireParentSpan: false })],
      spanProcessors: [new SimpleSpanProcessor(exporter)],
      metricReaders: [],
      logRecordProcessors: [],
      autoDetectResources: false,
    });
    sdk.start();
    await redis.get('key');
    assert.deepEqual(
      exporter.getFinishedSpans().map(({ name }) => name),
      ['GET key'],
    );
    await sdk.shutdown();
    trace.disable();
    metrics.disable();
  });

  it('observes a library that is loaded before it, and one that is loaded after it', async () => {
    const sdk = makeSdk();
    instrument();
    const later = copyLibrary('ioredis')('ioredis') as { default: typeof Redis };
    const other = server.closing(new later.default(server.server.port, server.server.host));
    await sdk.withParent(async () => {
      await redis.get('before');
      await other.get('after');
    });
    assert.deepEqual(names(sdk), ['GET before', 'GET after']);
  });

  it('is enabled at once in an application of thousands of modules', () => {
    const paths = Array.from({ length: 20_000 }, (_, index) => `/app/node_modules/package-${index}/index.js`);
    for (const path of paths) require.cache[path] = { loaded: true, exports: {} } as NodeJS.Module;
    try {
      const instrumentation = instrument({ enabled: false });
      const started = performance.now();
      instrumentation.enable();
      const took = performance.now() - started;
      assert.ok(took < 1000, `${took} ms`);
    } finally {
      for (const path of paths) delete require.cache[path];
    }
  });

  it('is not enabled where the option says so, and can be enabled later', async () => {
    const sdk = makeSdk();
    const instrumentation = instrument({ enabled: false });
    await sdk.withParent(() => redis.get('key'));
    assert.deepEqual(names(sdk), []);
    instrumentation.enable();
    instrumentation.enable();
    await sdk.withParent(() => redis.get('key'));
    assert.deepEqual(names(sdk), ['GET key']);
    instrumentation.disable();
    instrumentation.disable();
    await sdk.withParent(() => redis.get('key'));
    assert.equal(sdk.spans().length, 1);
  });

  it('disabled while a command is in flight: the command is answered all the same', async () => {
    const sdk = makeSdk();
    const instrumentation = instrument();
    await sdk.withParent(async () => {
      const answer = redis.get('key');
      instrumentation.disable();
      assert.equal(await answer, null);
    });
    assert.deepEqual(names(sdk), ['GET key']);
  });

  it('disabled while a pipeline is in flight: what its members did is told all the same', async () => {
    const sdk = makeSdk();
    const instrumentation = instrument();
    await sdk.withParent(async () => {
      const answer = redis.pipeline().set('key:1', 'value').get('key:1').get('key:2').exec();
      instrumentation.disable();
      assert.deepEqual(await answer, [
        [null, 'OK'],
        [null, 'value'],
        [null, null],
      ]);
    });
    const [span] = sdk.spans();
    assert.deepEqual([span!.attributes[ATTR_CACHE_HITS], span!.attributes[ATTR_CACHE_MISSES]], [1, 1]);
  });

  it('setConfig holds from the next operation on', async () => {
    const sdk = makeSdk();
    const instrumentation = instrument();
    for (const config of [{ spans: 'none' }, { ignoreCommands: ['GET'] }, {}] as const) {
      instrumentation.setConfig(config);
      await sdk.withParent(() => redis.get('key'));
    }
    assert.deepEqual(names(sdk), ['GET key']);
  });

  it('setTracerProvider and setMeterProvider', async () => {
    const global = makeSdk();
    const own = createSdk({ global: false });
    const instrumentation = instrument();
    instrumentation.setTracerProvider(own.tracerProvider);
    instrumentation.setMeterProvider(own.meterProvider);
    await own.withParent(() => redis.get('own:1'));
    instrumentation.disable();
    instrumentation.enable();
    await own.withParent(() => redis.get('own:1'));
    assert.deepEqual([names(own), names(global)], [['GET own:*', 'GET own:*'], []]);
    assert.equal(await count(own, 'cache.misses', 'own:*'), 2);
    assert.equal(await count(global, 'cache.misses', 'own:*'), undefined);
    await own.tracerProvider.shutdown();
    await (own.meterProvider as MeterProvider).shutdown();
  });

  it('an SDK that comes after the first commands: it is told all counts so far', async () => {
    instrument();
    await redis.get('early:1');
    const sdk = makeSdk();
    await sdk.withParent(() => redis.get('early:2'));
    assert.deepEqual(names(sdk), ['GET early:*']);
    assert.equal(await count(sdk, 'cache.misses', 'early:*'), 2);
    const points = await sdk.collectMetrics();
    const duration = points.find(
      ({ name, attributes }) =>
        name === 'db.client.operation.duration' && attributes['server.port'] === server.server.port,
    );
    assert.equal(duration!.histogram!.count, 1);
  });

  it('a second SDK after the first: it is told what came since', async () => {
    const first = makeSdk();
    instrument();
    await redis.get('replaced:1');
    assert.equal(await count(first, 'cache.misses', 'replaced:*'), 1);
    await sdks.pop()!.dispose();
    const second = makeSdk();
    await redis.get('replaced:2');
    assert.equal(await count(second, 'cache.misses', 'replaced:*'), 1);
  });

  it('one after the other: the counts go on, whatever was between them', async () => {
    const sdk = makeSdk();
    instrument().disable();
    for (let made = 1; made <= 3; made++) {
      const instrumentation = instrument();
      await redis.get('after:1');
      instrumentation.disable();
      await redis.get('after:1');
      // Hooks of an official instrumentation count without an instrumentation of ours.
      if (made === 2) currentTelemetry();
      instrumentation.enable();
      assert.equal(await count(sdk, 'cache.misses', 'after:*'), made);
      instrumentation.disable();
    }
  });

  describe('two at once', () => {
    it('the newest observes, and the counts go on', async () => {
      const sdk = makeSdk();
      const older = instrument({ keys: 'full' });
      await sdk.withParent(() => redis.get('both:1'));
      const newer = instrument({ keys: 'none' });
      await sdk.withParent(() => redis.get('both:2'));
      newer.disable();
      await sdk.withParent(() => redis.get('both:3'));
      assert.deepEqual(
        sdk.spans().map(({ attributes }) => attributes['db.query.text']),
        ['GET both:1', 'GET ?', 'GET both:3'],
      );
      assert.equal(await count(sdk, 'cache.misses', 'both:*'), 2);
      older.disable();
      await sdk.withParent(() => redis.get('both:4'));
      assert.equal(sdk.spans().length, 3);
    });

    it('each with its own commands to ignore', async () => {
      const sdk = makeSdk();
      instrument({ ignoreCommands: ['GET'] });
      const newer = instrument({ ignoreCommands: ['SET'] });
      const both = () => sdk.withParent(() => Promise.all([redis.get('key'), redis.set('key', 'x')]));
      await both();
      assert.deepEqual(names(sdk), ['GET key']);
      newer.disable();
      await both();
      assert.deepEqual(names(sdk), ['GET key', 'SET key']);
    });

    it('the older one being disabled changes nothing', async () => {
      const sdk = makeSdk();
      const older = instrument({ keys: 'full' });
      instrument({ keys: 'none' });
      older.disable();
      await sdk.withParent(() => redis.get('key'));
      assert.deepEqual(names(sdk), [`GET ${server.address}`]);
    });

    it('with different clients: each observes its own', async () => {
      const sdk = makeSdk();
      instrument({ clients: ['ioredis'] });
      instrument({ clients: ['iovalkey'] });
      await sdk.withParent(() => redis.get('key'));
      assert.deepEqual(names(sdk), ['GET key']);
    });
  });
});
