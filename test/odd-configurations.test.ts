import assert from 'node:assert/strict';
import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type Redis from 'ioredis';
import { cacheHooks, CacheInstrumentation, type CacheInstrumentationConfig, type OfficialHooks } from '../src';
import { ENVIRONMENT_PREFIX } from '../src/config';
import { SCOPE_NAME } from '../src/semconv';
import { useRedis } from './adapters/ioredis/use-redis';
import { createSdk, type Sdk } from './support/sdk';

const ENABLED = `${ENVIRONMENT_PREFIX}ENABLED`;

/** What plain JavaScript may give in place of an object of options, and how a warning shows it. */
const ODD: readonly (readonly [value: unknown, shown: string])[] = [
  [null, 'null'],
  ['slowMs=5', "'slowMs=5'"],
  [5, '5'],
  [true, 'true'],
  [[{ slowMs: 5 }], '[ { slowMs: 5 } ]'],
  [() => ({ slowMs: 5 }), 'a function'],
  [Symbol('slowMs'), 'Symbol(slowMs)'],
];

describe('a configuration that is none', () => {
  const server = useRedis();
  let sdk: Sdk;
  let warnings: string[];
  let instrumentation: CacheInstrumentation | undefined;

  before(() => (sdk = createSdk()));
  after(() => sdk.dispose());
  beforeEach(() => {
    sdk.reset();
    warnings = [];
    const ignore = () => undefined;
    const logger = { error: ignore, info: ignore, debug: ignore, verbose: ignore };
    // What other tests have left behind may have to say something too.
    const warn = (message: string) => void (message.startsWith(SCOPE_NAME) && warnings.push(message));
    diag.setLogger({ ...logger, warn }, DiagLogLevel.WARN);
  });
  afterEach(() => {
    diag.disable();
    instrumentation?.disable();
  });

  function make(config: unknown): CacheInstrumentation {
    return (instrumentation = new CacheInstrumentation(config as CacheInstrumentationConfig));
  }

  async function spanOf(redis: Redis): Promise<readonly string[]> {
    sdk.reset();
    await sdk.withParent(() => redis.get('user:1'));
    return sdk.spans().map(({ name }) => name);
  }

  for (const [value, shown] of ODD) {
    it(`${shown}: one warning, and the defaults hold`, async () => {
      const redis = await server.connect();
      const made = make(value);
      assert.deepEqual(warnings, [
        `${SCOPE_NAME}: the configuration is ${shown}, which is not accepted: ` +
          'it takes an object of options. Nothing of it is used.',
      ]);
      assert.deepEqual(await spanOf(redis), ['GET user:*']);
      assert.deepEqual(made.getConfig(), { enabled: true });
      made.setConfig({ spans: 'none' });
      assert.deepEqual(await spanOf(redis), []);
      made.setConfig(value as CacheInstrumentationConfig);
      assert.deepEqual(await spanOf(redis), ['GET user:*']);
      assert.deepEqual(made.getConfig(), { enabled: true });
      assert.equal(warnings.length, 1);
    });
  }

  it('none at all is no reason to warn', async () => {
    const redis = await server.connect();
    make(undefined).setConfig(undefined);
    assert.deepEqual(await spanOf(redis), ['GET user:*']);
    assert.deepEqual(warnings, []);
  });

  it('hooks for cacheHooks() that are none: the official span is described all the same', async () => {
    for (const [own, shown] of [
      [null, 'the hooks given to cacheHooks is null'],
      [{ requestHook: 'log', responseHook: 5 }, "option requestHook is 'log'"],
    ] as const) {
      warnings = [];
      const { requestHook, responseHook } = cacheHooks(own as unknown as OfficialHooks);
      const span = trace.getTracer('official').startSpan('get');
      const cmdArgs = ['user:1'];
      requestHook(span, { cmdName: 'get', cmdArgs });
      responseHook(span, 'get', cmdArgs, 'value');
      span.end();
      assert.equal(sdk.spans().at(-1)!.attributes['cache.hit'], true);
      assert.match(warnings[0]!, new RegExp(`: ${shown}, which is not accepted`));
    }
  });

  describe('enabled: what is switched off stays so when it is registered, until it is enabled', () => {
    const WAYS: Record<string, (made: CacheInstrumentation) => () => Promise<void> | void> = {
      registerInstrumentations: (made) => registerInstrumentations({ instrumentations: [made] }),
      NodeSDK: (made) => {
        const node = new NodeSDK({
          instrumentations: [made],
          spanProcessors: [],
          metricReaders: [],
          logRecordProcessors: [],
          autoDetectResources: false,
        });
        node.start();
        return () => node.shutdown();
      },
    };

    afterEach(() => {
      Reflect.deleteProperty(process.env, ENABLED);
    });

    for (const [way, register] of Object.entries(WAYS)) {
      for (const where of ['code', 'variable']) {
        it(`${way}, by the ${where}`, async () => {
          const redis = await server.connect();
          if (where === 'variable') process.env[ENABLED] = 'false';
          const made = make(where === 'code' ? { enabled: false } : {});
          const unregister = register(made);
          assert.deepEqual(await spanOf(redis), []);
          made.enable();
          assert.deepEqual(await spanOf(redis), ['GET user:*']);
          await unregister();
        });
      }
    }
  });
});
