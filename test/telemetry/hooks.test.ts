import assert from 'node:assert/strict';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import type { CacheInstrumentationConfig } from '../../src';
import { copyOf } from '../../src/telemetry/hooks';
import type { RequestInfo, ResponseInfo } from '../../src/types';
import { until } from '../support/children';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, type Member, run, runBatch, startTelemetry } from './calls';

describe('hooks', () => {
  let sdk: Sdk;
  const errors: string[] = [];
  before(() => {
    sdk = createSdk();
  });
  beforeEach(() => {
    sdk.reset();
    errors.length = 0;
    const ignore = () => undefined;
    const error = (...parts: unknown[]) => void errors.push(parts.map(String).join(' '));
    diag.setLogger({ error, warn: ignore, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.ERROR);
  });
  afterEach(() => diag.disable());
  after(() => sdk.dispose());

  async function call(config: CacheInstrumentationConfig, args: unknown[], reply: unknown, times = 1): Promise<void> {
    const telemetry = startTelemetry(config);
    await sdk.withParent(() => {
      for (let i = 0; i < times; i++) run(telemetry, clientOf(telemetry), 'get', args, reply);
    });
    telemetry.stop();
  }

  it('are told of the request and of the response, in this order, before the span ends', async () => {
    const told: [string, RequestInfo | ResponseInfo][] = [];
    await call(
      {
        requestHook: (span, info) => {
          assert.ok(span.isRecording());
          span.setAttribute('own', 'request');
          told.push(['request', info]);
        },
        responseHook: (span, info) => {
          span.setAttribute('own', 'response');
          told.push(['response', info]);
        },
      },
      ['key'],
      'value',
    );
    const request = { client: 'ioredis', moduleVersion: '1.2.3', cmdName: 'GET', cmdArgs: ['key'] };
    assert.deepEqual(told, [
      ['request', request],
      ['response', { ...request, response: 'value' }],
    ]);
    assert.equal(sdk.spans()[0]!.attributes['own'], 'response');
  });

  it('are called when the operation settles, not before', async () => {
    let called = 0;
    const telemetry = startTelemetry({ requestHook: () => void called++ });
    const operation = await sdk.withParent(() => telemetry.begin(clientOf(telemetry), 'get', ['key'], 0)!);
    assert.equal(called, 0);
    telemetry.succeed(operation, null);
    telemetry.succeed(operation, null);
    assert.equal(called, 1);
    telemetry.stop();
  });

  it('a failure has a request and no response', async () => {
    const told: string[] = [];
    const config = { requestHook: () => void told.push('request'), responseHook: () => void told.push('response') };
    await call(config, ['key'], new Error('ERR broken'));
    assert.deepEqual(told, ['request']);
  });

  it('get copies: what they change stays with them', async () => {
    const args = ['key', Buffer.from('bytes'), new Uint8Array([1]), [['deep']]];
    const reply = [Buffer.from('value'), { field: ['x'] }, new Map([['a', ['b']]])];
    const scribble = (value: unknown): void => {
      if (value instanceof Uint8Array) value.fill(0);
      else if (value instanceof Map) value.clear();
      else if (Array.isArray(value)) {
        value.forEach(scribble);
        value.length = 0;
      } else if (typeof value === 'object' && value !== null) {
        Object.values(value).forEach(scribble);
        Object.assign(value, { added: 1 });
      }
    };
    const [argsBefore, replyBefore] = [structuredClone(args), structuredClone(reply)];
    const config: CacheInstrumentationConfig = {
      requestHook: (_, { cmdArgs }) => scribble(cmdArgs),
      responseHook: (_, { cmdArgs, response }) => {
        assert.deepEqual([cmdArgs[0], (response as unknown[]).length], ['key', 3]);
        scribble([cmdArgs, response]);
      },
    };
    await call(config, args, reply);
    assert.deepEqual(structuredClone(args), argsBefore);
    assert.deepEqual(structuredClone(reply), replyBefore);
    assert.deepEqual(errors, []);
  });

  it('what has a class of its own is handed on as it is', () => {
    const date = new Date(0);
    assert.equal(copyOf(date), date);
    assert.deepEqual(copyOf(new Set([[1]])), new Set([[1]]));
  });

  const broken: [what: string, hook: () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('broken hook');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken hook'))],
    [
      'returns a thenable that throws',
      () => ({
        then: () => {
          throw new Error('broken hook');
        },
      }),
    ],
  ];
  for (const [what, hook] of broken) {
    it(`a hook that ${what}: the span is whole, the other hook runs, and it is reported once`, async () => {
      let responses = 0;
      await call({ requestHook: hook as () => void, responseHook: () => void responses++ }, ['key'], 'value', 3);
      await until(() => errors.length > 0, 'the report');
      assert.equal(responses, 3);
      assert.equal(sdk.spans().length, 3);
      assert.equal(sdk.spans()[2]!.attributes['cache.hit'], true);
      // Once all that is pending has run, there is still no second report.
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, /requestHook failed; later failures are not reported .*broken hook/);
    });
  }

  it('a batch: its name, no arguments, no response; a batch of one is the plain command', async () => {
    const told: unknown[] = [];
    const telemetry = startTelemetry({
      responseHook: (_, { cmdName, cmdArgs, response }) => void told.push([cmdName, cmdArgs, response]),
    });
    const client = clientOf(telemetry);
    for (const size of [2, 1]) {
      const members = Array.from({ length: size }, (): Member => ['get', ['key'], 'value']);
      await sdk.withParent(() => runBatch(telemetry, client, members));
    }
    assert.deepEqual(told, [
      ['PIPELINE GET', [], undefined],
      ['GET', ['key'], 'value'],
    ]);
    telemetry.stop();
  });

  it('a span that is not recorded has no hooks', async () => {
    const { tracerProvider } = createSdk({ sampler: new AlwaysOffSampler(), global: false });
    let called = 0;
    const telemetry = startTelemetry({ requireParentSpan: false, requestHook: () => void called++ });
    telemetry.setTracer(tracerProvider.getTracer('off'));
    run(telemetry, clientOf(telemetry), 'get', ['key'], 'value');
    assert.equal(called, 0);
    telemetry.stop();
    await tracerProvider.shutdown();
  });
});
