import assert from 'node:assert/strict';
import { setTimeout as passes } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import type { CacheInstrumentationConfig } from '../../../src';
import { AppCache } from '../../../src/telemetry/app-level/app-cache';
import type { AppOperation } from '../../../src/telemetry/app-level/app-operation';
import type { Telemetry } from '../../../src/telemetry/telemetry';
import { createSdk, type Sdk } from '../../support/sdk';
import type { SpanData } from '../../support/telemetry-data';
import { clientOf, run, startTelemetry } from '../calls';

const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

describe('app-level operations', () => {
  let sdk: Sdk;
  let telemetry: Telemetry;
  const products = new AppCache('products');

  beforeEach(() => {
    sdk = createSdk();
  });
  afterEach(async () => {
    telemetry.stop();
    await sdk.dispose();
  });

  function start(config: CacheInstrumentationConfig = {}): void {
    telemetry = startTelemetry(config);
  }

  const begin = (cache: AppCache, ...rest: [Parameters<Telemetry['appLevel']['begin']>[1], unknown?]): AppOperation =>
    telemetry.appLevel.begin(cache, ...rest)!;

  /** A miss that asks a remote cache and loads, in a span of the loader's own. */
  async function missAndLoad(loadMs = 0): Promise<void> {
    const operation = begin(products, 'get_or_set', 'product:17');
    operation.run(() => run(telemetry, clientOf(telemetry), 'get', ['product:17'], null));
    operation.lookup('product:17', false);
    await operation.load(async () => {
      await passes(loadMs);
      trace.getTracer('app').startSpan('SELECT').end();
    });
    operation.run(() => run(telemetry, clientOf(telemetry), 'set', ['product:17', 'x', 'EX', '60'], 'OK'));
    operation.wrote('product:17', 60);
    operation.sized(100);
    operation.succeed();
  }

  /** Names by depth. */
  function tree(): string[] {
    const spans = [...sdk.spans()].sort((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));
    const below = (parent: string | undefined, indent: string): string[] =>
      spans
        .filter(({ parentSpanId }) => parentSpanId === parent)
        .flatMap((span) => [indent + span.name, ...below(span.spanId, `${indent}  `)]);
    const known = new Set(spans.map(({ spanId }) => spanId));
    const roots = [...new Set(spans.map(({ parentSpanId }) => parentSpanId))].filter(
      (id) => id === undefined || !known.has(id),
    );
    return roots.flatMap((root) => below(root, ''));
  }

  const named = (name: string): SpanData => {
    const span = sdk.spans().find((one) => one.name === name);
    assert.ok(span, `no span '${name}' in ${sdk.spans().map((one) => one.name)}`);
    return span;
  };

  const TREE = [
    'cache.get_or_set products',
    '  GET product:*',
    '  cache.load products',
    '    SELECT',
    '  SET product:*',
  ];

  it('are real parents of what they call', async () => {
    start();
    await sdk.withParent(async ({ traceId, spanId }) => {
      await missAndLoad();
      assert.deepEqual(tree(), TREE);
      const { attributes, kind, status, parentSpanId, ...rest } = named('cache.get_or_set products');
      assert.deepEqual([rest.traceId, parentSpanId, kind, status.code], [traceId, spanId, 'INTERNAL', 'UNSET']);
      assert.deepEqual(attributes, {
        'cache.name': 'products',
        'cache.operation': 'get_or_set',
        'cache.key_pattern': 'product:*',
        'cache.hit': false,
        'cache.ttl': 60,
        'cache.value_size': 100,
      });
      const load = named('cache.load products');
      assert.deepEqual(load.attributes, { 'cache.name': 'products', 'cache.key_pattern': 'product:*' });
      for (const span of sdk.spans()) {
        const { startTimeUnixNano, endTimeUnixNano } = named('cache.get_or_set products');
        // A SELECT is timed by the SDK's own clock.
        if (span.name === 'SELECT') continue;
        assert.ok(span.startTimeUnixNano >= startTimeUnixNano && span.endTimeUnixNano <= endTimeUnixNano, span.name);
      }
    });
  });

  it('are counted in the same table', async () => {
    start();
    await sdk.withParent(() => missAndLoad());
    const points = (await sdk.collectMetrics()).filter(({ attributes }) => attributes['cache.name'] === 'products');
    const shown = points.map(({ name, value, histogram, attributes: { 'cache.name': cache, ...others } }) => {
      assert.equal(cache, 'products');
      return [name, value ?? histogram?.count, others];
    });
    assert.deepEqual(
      shown.sort(([a], [b]) => (a! < b! ? -1 : 1)),
      [
        ['cache.hit_rate', 0, {}],
        ['cache.hits', 0, { 'cache.key_pattern': 'product:*' }],
        ['cache.load.duration', 1, {}],
        ['cache.misses', 1, { 'cache.key_pattern': 'product:*' }],
        ['cache.operation.duration', 1, { 'cache.operation': 'get_or_set' }],
        ['cache.operations', 1, { 'cache.operation': 'get_or_set' }],
        ['cache.repeated_misses', 0, { 'cache.key_pattern': 'product:*' }],
        ['cache.value_size', 1, { 'cache.operation': 'get_or_set' }],
      ],
    );
  });

  for (const [config, sampled] of [
    [{ spans: 'none' as const }, true],
    [{}, false],
  ] as const) {
    it(`no span: ${JSON.stringify({ ...config, sampled })}`, async () => {
      start(config);
      await sdk.withParent(
        async ({ spanId }) => {
          await missAndLoad();
          assert.deepEqual(
            sdk.spans().filter(({ name }) => name !== 'SELECT'),
            [],
          );
          for (const { parentSpanId } of sdk.spans()) assert.equal(parentSpanId, spanId);
        },
        { sampled },
      );
      assert.equal(telemetry.statistics.cache('products').loads.succeeded.histogram.count, 1);
    });
  }

  it('no parent: a span only where none is required', async () => {
    start();
    await missAndLoad();
    assert.deepEqual(tree(), ['SELECT']);
    sdk.reset();
    telemetry.stop();
    start({ requireParentSpan: false });
    await missAndLoad();
    assert.deepEqual(tree(), TREE);
  });

  describe('with spans chosen by their outcome', () => {
    it('what is not chosen makes none, and its callees lie below its parent', async () => {
      start({ spans: ['errors'] });
      await sdk.withParent(async () => {
        const operation = begin(products, 'get', 'product:17');
        operation.run(() => run(telemetry, clientOf(telemetry), 'get', ['product:17'], 'x'));
        operation.lookup('product:17', true);
        const late = operation.run(() => context.active());
        operation.succeed();
        assert.deepEqual(tree(), []);
        trace.getTracer('app').startSpan('late', {}, late).end();
        assert.deepEqual(tree(), ['late']);
        assert.equal(named('late').parentSpanId, trace.getActiveSpan()!.spanContext().spanId);
      });
    });

    it('a span below it makes it one', async () => {
      start({ spans: ['errors'] });
      await sdk.withParent(() => missAndLoad());
      assert.deepEqual(tree(), ['cache.get_or_set products', '  cache.load products', '    SELECT']);
      assert.equal(named('cache.get_or_set products').attributes['cache.ttl'], 60);
    });

    it('slow ones', async () => {
      start({ spans: ['slow'], slowMs: 20 });
      await sdk.withParent(async () => {
        const operation = begin(products, 'get', 'product:17');
        operation.run(() => run(telemetry, clientOf(telemetry), 'get', ['product:17'], 'x'));
        await passes(25);
        operation.lookup('product:17', true);
        operation.succeed();
      });
      assert.deepEqual(tree(), ['cache.get products']);
      assert.ok(named('cache.get products').durationMs >= 20);
    });

    it('failures, with the failed command below', async () => {
      start({ spans: ['errors'] });
      await sdk.withParent(() => {
        const operation = begin(products, 'get', 'product:17');
        operation.run(() => run(telemetry, clientOf(telemetry), 'get', ['product:17'], REFUSED));
        operation.fail(REFUSED);
      });
      assert.deepEqual(tree(), ['cache.get products', '  GET product:*']);
      const { status, attributes } = named('cache.get products');
      assert.deepEqual(
        [status, attributes['error.type']],
        [{ code: 'ERROR', message: 'ECONNREFUSED' }, 'ECONNREFUSED'],
      );
    });

    it('whoever looks at the active span sees a real one', async () => {
      start({ spans: ['misses'] });
      await sdk.withParent(() => {
        const operation = begin(products, 'get', 'product:17');
        operation.run(() => {
          const span = trace.getActiveSpan()!;
          assert.ok(span.isRecording());
          span.setAttribute('team', 'shop').setAttributes({ a: 1 }).addEvent('seen').updateName('mine');
          span.end();
        });
        operation.lookup('product:17', true);
        operation.succeed();
      });
      const { attributes, events } = named('mine');
      assert.deepEqual(
        [attributes['team'], attributes['a'], attributes['cache.hit'], events.length],
        ['shop', 1, true, 1],
      );
    });
  });

  describe('a cache that another one is made of', () => {
    const keyv = new AppCache('keyv');
    const near = new AppCache('near', { level: 'memory' });
    const outer = new AppCache('outer', { levels: ['memory', 'redis'] });

    async function nested(inner: AppCache, hit: boolean): Promise<void> {
      const operation = begin(outer, 'get', 'a:1');
      await operation.run(async () => {
        await passes(1);
        const part = telemetry.appLevel.begin(inner, 'get', 'a:1');
        part?.lookup('a:1', hit);
        part?.succeed();
      });
      operation.lookup('a:1', hit);
      operation.succeed();
    }

    it('is not seen', async () => {
      start();
      await sdk.withParent(() => nested(keyv, true));
      assert.deepEqual(tree(), ['cache.get outer']);
      assert.equal(telemetry.operations, 1);
      const names = (await sdk.collectMetrics()).map(({ attributes }) => attributes['cache.name']);
      assert.deepEqual([...new Set(names)], ['outer']);
    });

    it('tells that it answered where it is a level', async () => {
      start();
      await sdk.withParent(() => nested(near, true));
      assert.deepEqual(tree(), ['cache.get outer', '  cache.get near']);
      assert.equal(named('cache.get near').attributes['cache.level'], 'memory');
      const { attributes } = named('cache.get outer');
      assert.deepEqual([attributes['cache.levels'], attributes['cache.hit_level']], [['memory', 'redis'], 'memory']);
      const points = await sdk.collectMetrics();
      const hits = points.filter(({ name }) => name === 'cache.hits');
      assert.deepEqual(
        hits.map(({ value, attributes: { 'cache.name': cache, 'cache.level': level } }) => [cache, level, value]),
        [['outer', 'memory', 1]],
      );
      assert.deepEqual(
        points.filter(({ name }) => name === 'cache.operations').map(({ attributes }) => attributes['cache.name']),
        ['outer'],
      );
    });

    it('counts on its own in a loader, and after the end', async () => {
      start();
      await sdk.withParent(async () => {
        const operation = begin(outer, 'get_or_set', 'a:1');
        await operation.run(() => operation.load(() => nested(keyv, false)));
        const late = operation.run(() => context.active());
        operation.succeed();
        context.with(late, () => begin(keyv, 'get', 'a:1').succeed());
      });
      assert.deepEqual(tree(), [
        'cache.get_or_set outer',
        '  cache.load outer',
        '    cache.get outer',
        '  cache.get keyv',
      ]);
    });

    it('without a context manager: what is called at once is known to be a part', async () => {
      await sdk.dispose();
      start();
      const operation = begin(outer, 'get', 'a:1');
      operation.run(() => {
        assert.equal(telemetry.appLevel.begin(keyv, 'get', 'a:1'), undefined);
        operation.load(() => assert.notEqual(telemetry.appLevel.begin(keyv, 'get', 'a:1'), undefined));
      });
      assert.notEqual(telemetry.appLevel.begin(keyv, 'get', 'a:1'), undefined);
    });
  });

  it('what a part of it failed with is told, and is no failure', async () => {
    start();
    await sdk.withParent(() => {
      const operation = begin(products, 'get_or_set', 'product:17');
      operation.survives(REFUSED);
      operation.lookup('product:17', false);
      operation.succeed();
    });
    const { status, attributes } = named('cache.get_or_set products');
    assert.deepEqual([status.code, attributes['error.type']], ['UNSET', 'ECONNREFUSED']);
    const point = (await sdk.collectMetrics()).find(({ name }) => name === 'cache.operation.duration')!;
    assert.equal(point.attributes['error.type'], 'ECONNREFUSED');
  });

  it('the loader’s result and failure are its own', async () => {
    start();
    await sdk.withParent(async () => {
      const operation = begin(products, 'get_or_set', 'secret-key');
      assert.equal(
        operation.load(() => 5),
        5,
      );
      assert.equal(await operation.load(() => Promise.resolve(6)), 6);
      const failure = new TypeError("no row for secret-key in 'secret table'");
      const throws = () => {
        throw failure;
      };
      assert.throws(() => operation.load(throws), failure);
      await assert.rejects(
        operation.load(() => Promise.reject(failure)),
        failure,
      );
      operation.fail(undefined);
    });
    const loads = sdk.spans().filter(({ name }) => name === 'cache.load products');
    assert.deepEqual(
      loads.map(({ status, attributes }) => [status, attributes['error.type']]),
      [
        [{ code: 'UNSET' }, undefined],
        [{ code: 'UNSET' }, undefined],
        [{ code: 'ERROR', message: 'TypeError' }, 'TypeError'],
        [{ code: 'ERROR', message: 'TypeError' }, 'TypeError'],
      ],
    );
    assert.equal(named('cache.get_or_set products').attributes['error.type'], 'undefined');
  });

  it('keys: patterns, whole keys, or none', async () => {
    for (const [keys, pattern, whole] of [
      ['pattern', 'user:*', undefined],
      ['full', 'user:*', ['user:1', 'user:2']],
      ['none', undefined, undefined],
    ] as const) {
      start({ keys });
      sdk.reset();
      await sdk.withParent(() => {
        const operation = begin(products, 'get', ['user:1', 'user:2']);
        operation.lookup('user:1', true);
        operation.lookup('user:2', false);
        operation.succeed();
      });
      const { attributes } = named('cache.get products');
      assert.deepEqual([attributes['cache.key_pattern'], attributes['cache.key']], [pattern, whole]);
      assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
      telemetry.stop();
    }
  });

  it('a tracer that throws reaches nobody', async () => {
    start();
    telemetry.setTracer({
      startSpan: () => {
        throw new Error('the tracer');
      },
    } as never);
    await sdk.withParent(() => missAndLoad());
    assert.equal(telemetry.statistics.cache('products').loads.succeeded.histogram.count, 1);
  });
});
