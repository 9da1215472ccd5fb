import { CacheInstrumentation, type CacheInstrumentationConfig } from '../../src';
import { until } from '../support/children';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { createSdk, type Sdk, type SdkOptions } from '../support/sdk';
import type { MetricData, SpanData } from '../support/telemetry-data';
import { forget } from '../telemetry/calls';

/** An SDK and an instrumentation that live as long as the tests of one `describe`. */
export interface Observer {
  readonly sdk: Sdk;
  readonly instrumentation: CacheInstrumentation;
  /** The spans since the test began. */
  spans(): readonly SpanData[];
  /** The only span since the test began; fails when there is another number of them. */
  span(): SpanData;
  /** Waits for this many spans since the test began: some end later than the call that the test awaits. */
  spansOnce(count: number): Promise<readonly SpanData[]>;
  /** The points of a metric whose attributes include these. */
  points(name: string, attributes?: Record<string, unknown>): Promise<readonly MetricData[]>;
  /** Runs below a sampled parent, and gives the result and the parent's id. */
  traced: Sdk['withParent'];
}

/** Call it in a `describe`: makes the observer before its tests. */
export function observe(config: CacheInstrumentationConfig = {}, sdkOptions: SdkOptions = {}): Observer {
  let sdk: Sdk;
  let instrumentation: CacheInstrumentation;
  before(() => {
    sdk = createSdk(sdkOptions);
    instrumentation = new CacheInstrumentation(config);
  });
  beforeEach(() => sdk.reset());
  after(async () => {
    forget((instrumentation as unknown as { telemetry: Telemetry }).telemetry);
    instrumentation.disable();
    await sdk.dispose();
  });
  const describeSpans = () =>
    sdk
      .spans()
      .map(({ name }) => name)
      .join(', ');
  return {
    get sdk() {
      return sdk;
    },
    get instrumentation() {
      return instrumentation;
    },
    spans: () => sdk.spans(),
    span: () => {
      const [only, ...more] = sdk.spans();
      if (only === undefined || more.length > 0) throw new Error(`expected one span, got: ${describeSpans()}`);
      return only;
    },
    spansOnce: async (count) => {
      await until(() => sdk.spans().length >= count, `${count} spans`, 5000);
      if (sdk.spans().length > count) throw new Error(`expected ${count} spans, got: ${describeSpans()}`);
      return sdk.spans();
    },
    points: async (name, attributes = {}) =>
      (await sdk.collectMetrics()).filter(
        (point) =>
          point.name === name && Object.entries(attributes).every(([key, one]) => point.attributes[key] === one),
      ),
    traced: (fn, options) => sdk.withParent(fn, options),
  };
}
