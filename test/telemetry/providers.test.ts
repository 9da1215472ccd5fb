import assert from 'node:assert/strict';
import { context, metrics, trace, type MeterProvider } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import type { ViewOptions } from '@opentelemetry/sdk-metrics';
import { CacheInstrumentation } from '../../src';
import { currentTelemetry } from '../../src/current';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, forget, run } from './calls';

const NAME = 'providers.test';

/** The two ways on which a provider of the application is told. */
const WAYS = {
  'its readers ask us': [],
  'by instruments': [{ instrumentName: 'of.the.application', name: 'renamed' }],
} satisfies Record<string, ViewOptions[]>;

for (const [way, views] of Object.entries(WAYS)) {
  const asked = views.length === 0;
  const late = asked ? 'too' : 'from then on';
  describe(`metrics and their providers: ${way}`, () => {
    let instrumentation: CacheInstrumentation;
    let telemetry: Telemetry;
    const sdks: Sdk[] = [];

    beforeEach(() => {
      instrumentation = new CacheInstrumentation();
      telemetry = currentTelemetry();
      forget(telemetry);
    });
    afterEach(async () => {
      instrumentation.disable();
      for (const sdk of sdks.splice(0)) await sdk.dispose();
      metrics.disable();
      trace.disable();
      context.disable();
    });

    function sdk(global: boolean, temporality: 'delta' | 'cumulative' = 'cumulative'): Sdk {
      const made = createSdk({ global, temporality, views: [...views] });
      sdks.push(made);
      return made;
    }

    /** One GET, of a cache that no other test has. */
    function get(hit: boolean): void {
      run(currentTelemetry(), clientOf(currentTelemetry(), {}, NAME), 'get', ['key'], hit ? 'value' : null);
    }

    /** What a reader is told: operations, hits, misses, hit rate, durations, sizes. */
    async function told({ collectMetrics }: Sdk): Promise<(number | undefined)[]> {
      const points = (await collectMetrics()).filter(
        ({ attributes }) => attributes['cache.name'] === NAME || attributes['server.address'] === 'cache.test',
      );
      const value = (name: string) => {
        const found = points.filter((point) => point.name === name);
        assert.ok(found.length <= 1, `${name} told ${found.length} times`);
        return found[0]?.value ?? found[0]?.histogram?.count;
      };
      const names = ['operations', 'hits', 'misses', 'hit_rate'].map((name) => `cache.${name}`);
      return [...names, 'db.client.operation.duration', 'cache.value_size'].map(value);
    }

    it('a global provider that is there from the start', async () => {
      const own = sdk(true);
      get(true);
      get(false);
      assert.deepEqual(await told(own), [2, 1, 1, 0.5, 2, 1]);
    });

    it(`a global provider that comes late is told the counts of all, the histograms ${late}`, async () => {
      get(true);
      get(true);
      const own = sdk(true);
      get(true);
      get(false);
      assert.deepEqual(await told(own), [4, 3, 1, 0.75, ...(asked ? [4, 3] : [2, 1])]);
    });

    it('a global provider that comes after registerInstrumentations', async () => {
      const unregister = registerInstrumentations({ instrumentations: [instrumentation] });
      get(true);
      const own = sdk(true);
      get(true);
      assert.deepEqual((await told(own)).slice(0, 5), [2, 2, 0, 1, asked ? 2 : 1]);
      unregister();
    });

    it('setMeterProvider: that one, and not the global one', async () => {
      const [global, own] = [sdk(true), sdk(false)];
      instrumentation.setMeterProvider(own.meterProvider);
      get(true);
      assert.deepEqual(await told(own), [1, 1, 0, 1, 1, 1]);
      assert.deepEqual(await told(global), [undefined, undefined, undefined, undefined, undefined, undefined]);
    });

    it('one provider after the other: none is told what the other was, and none of it is lost', async () => {
      const [one, other] = [sdk(false, 'delta'), sdk(false)];
      instrumentation.setMeterProvider(one.meterProvider);
      get(true);
      // The SDK tells of each counter that did not move.
      assert.deepEqual(await told(one), [1, 1, asked ? undefined : 0, 1, 1, 1]);
      instrumentation.setMeterProvider(other.meterProvider);
      assert.deepEqual((await told(other)).slice(0, 4), [0, 0, 0, undefined]);
      get(false);
      get(false);
      assert.deepEqual(await told(other), [2, 0, 2, 0, 2, undefined]);
      assert.deepEqual(await told(one), [undefined, undefined, undefined, undefined, undefined, undefined]);
      // Nobody has collected this one when the provider changes again.
      get(true);
      instrumentation.setMeterProvider(one.meterProvider);
      get(true);
      assert.deepEqual((await told(one)).slice(0, 4), [2, 2, 0, 1]);
    });

    it('two instrumentations, one after the other: counters go on, for a provider that knows them and for a new one', async () => {
      const global = sdk(true);
      get(true);
      assert.deepEqual((await told(global)).slice(0, 2), [1, 1]);
      const second = new CacheInstrumentation();
      try {
        get(true);
        assert.deepEqual((await told(global)).slice(0, 2), [2, 2]);
        const own = sdk(false);
        second.setMeterProvider(own.meterProvider);
        get(true);
        assert.deepEqual((await told(own)).slice(0, 2), [1, 1]);
      } finally {
        second.disable();
      }
      get(true);
      assert.deepEqual((await told(global)).slice(0, 2), [3, 3]);
    });

    it('an instrumentation that does not observe makes no instruments', async () => {
      instrumentation.disable();
      const own = sdk(false);
      instrumentation.setMeterProvider(own.meterProvider);
      telemetry.configure({ ...telemetry.settings, semconv: 'dup' });
      assert.deepEqual(await own.collectMetrics(), []);
      instrumentation.enable();
      get(true);
      assert.deepEqual((await told(own)).slice(0, 2), [1, 1]);
    });

    it('disabled and enabled: goes on; what settles in between is counted and told later', async () => {
      const own = sdk(true);
      get(true);
      const client = clientOf(telemetry, {}, NAME);
      const late = telemetry.begin(client, 'get', ['key'], 0)!;
      instrumentation.disable();
      telemetry.succeed(late, 'value');
      const seen = await own.collectMetrics();
      assert.deepEqual(
        seen.filter(({ type }) => type !== 'histogram'),
        [],
      );
      instrumentation.enable();
      get(true);
      assert.deepEqual(await told(own), [3, 3, 0, 1, 3, 3]);
    });

    it('disabled for good: what settles after that has its duration and its size, the instruments of counts are gone', async () => {
      const own = sdk(true);
      get(true);
      const late = telemetry.begin(clientOf(telemetry, {}, NAME), 'get', ['key'], 0)!;
      instrumentation.disable();
      telemetry.succeed(late, 'value');
      const none = Array(4).fill(undefined);
      assert.deepEqual(await told(own), [...none, ...(asked ? [undefined, undefined] : [2, 2])]);
    });

    it('a provider that throws does not reach the application, and leaves the spans', async () => {
      const broken = {
        getMeter: () => {
          throw new Error('broken');
        },
      } as unknown as MeterProvider;
      const own = createSdk();
      sdks.push(own);
      metrics.disable();
      metrics.setGlobalMeterProvider(broken);
      instrumentation.disable();
      instrumentation.enable();
      await own.withParent(() => {
        currentTelemetry().beginBatch(clientOf(currentTelemetry()), 'MULTI');
        get(true);
      });
      assert.equal(own.spans().length, 1);
    });

    it('other names on the way: their instruments come and go', async () => {
      const own = sdk(true);
      const names = async () => [...new Set((await own.collectMetrics()).map(({ name }) => name))];
      get(true);
      assert.ok(!(await names()).includes('cache.latency'));
      instrumentation.setConfig({ semconv: 'dup' });
      get(true);
      assert.ok((await names()).includes('cache.latency'));
      const before = (await told(own))[4];
      instrumentation.setConfig({ semconv: 'legacy' });
      get(true);
      // The SDK repeats what its instruments were given.
      assert.equal((await told(own))[4], asked ? undefined : before);
    });

    for (const sampled of [true, false, undefined]) {
      for (const spans of ['all', 'none'] as const) {
        const parent = sampled === undefined ? 'no parent' : sampled ? 'a sampled parent' : 'an unsampled parent';
        it(`${parent}, spans=${spans}: metrics all the same`, async () => {
          const own = sdk(true);
          instrumentation.setConfig({ spans });
          if (sampled === undefined) get(true);
          else await own.withParent(() => get(true), { sampled });
          assert.deepEqual(await told(own), [1, 1, 0, 1, 1, 1]);
          assert.equal(own.spans().length, sampled === true && spans === 'all' ? 1 : 0);
        });
      }
    }
  });
}
