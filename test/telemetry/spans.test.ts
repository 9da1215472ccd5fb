import assert from 'node:assert/strict';
import { SpanKind, trace, type Attributes } from '@opentelemetry/api';
import type { CacheInstrumentationConfig } from '../../src';
import { redisCommand } from '../../src/redis/commands';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, run, startTelemetry } from './calls';

const SHA = 'a'.repeat(40);

// Now, for so many unknown names are remembered and no more, and other tests fill that memory.
redisCommand('NO.SUCH');

/** A call, and its text with `keys` as pattern, full and none. */
const TEXTS: readonly (readonly [call: readonly unknown[], pattern: string, full?: string, none?: string])[] = [
  [['get', 'user:42'], 'GET user:*', 'GET user:42', 'GET ?'],
  [['GET', Buffer.from('user:42')], 'GET user:*', 'GET user:42', 'GET ?'],
  [['get', 42], 'GET *', 'GET 42', 'GET ?'],
  [['get', {}], 'GET (empty)', 'GET ?', 'GET ?'],
  [['get'], 'GET', 'GET', 'GET'],
  [['set', 'user:42', 'secret', 'ex', 10, 'nx'], 'SET user:* ? EX ? NX', 'SET user:42 ? EX ? NX', 'SET ? ? EX ? NX'],
  [['set', 'user:42', 'EX'], 'SET user:* ?', 'SET user:42 ?', 'SET ? ?'],
  [['mget', 'user:1', 'user:2'], 'MGET user:* user:*', 'MGET user:1 user:2', 'MGET ? ?'],
  [['mset', 'a', 'user:1', 'b', 'x'], 'MSET a ? b ?'],
  [['hset', 'user:42', 'email', 'x@y.z'], 'HSET user:* ? ?'],
  [['expire', 'a', 10, 'gt'], 'EXPIRE a ? GT'],
  [['zrange', 'z', 0, -1, 'WITHSCORES'], 'ZRANGE z ? ? WITHSCORES'],
  [['zadd', 'z', 'NX', 1, 'NX'], 'ZADD z ? ? ?'],
  [['eval', 'return 1', 1, 'user:42', 'secret'], 'EVAL ? ? user:* ?'],
  [['evalsha', SHA, 1, 'user:42', 'secret'], 'EVALSHA ? ? user:* ?'],
  [['xread', 'COUNT', 2, 'STREAMS', 's', '0'], 'XREAD COUNT ? STREAMS s ?'],
  [['scan', 0, 'match', 'user:*', 'count', 10], 'SCAN ? MATCH ? COUNT ?'],
  [['flushdb', 'async'], 'FLUSHDB ASYNC'],
  [['no.such', 'a', 'b'], 'NO.SUCH ? ?'],
  [['not a command', 'a'], 'UNKNOWN ?'],
  [['mget', ...Array.from({ length: 16 }, () => 'a')], `MGET${' a'.repeat(16)}`],
  [['mget', ...Array.from({ length: 17 }, () => 'a')], `MGET${' a'.repeat(16)} ...`],
];

describe('spans of single operations', () => {
  let sdk: Sdk;
  before(() => {
    sdk = createSdk();
  });
  beforeEach(() => sdk.reset());
  after(() => sdk.dispose());

  async function spanOf(config: CacheInstrumentationConfig, call: readonly unknown[], reply: unknown = 'OK') {
    sdk.reset();
    const telemetry = startTelemetry(config);
    const [name, ...args] = call;
    await sdk.withParent(() => run(telemetry, clientOf(telemetry), String(name), args, reply));
    telemetry.stop();
    return sdk.spans()[0]!;
  }

  for (const [call, pattern, full, none] of TEXTS) {
    it(`db.query.text: ${pattern.slice(0, 60)}`, async () => {
      assert.equal((await spanOf({}, call)).attributes['db.query.text'], pattern);
      if (full !== undefined) assert.equal((await spanOf({ keys: 'full' }, call)).attributes['db.query.text'], full);
      if (none !== undefined) assert.equal((await spanOf({ keys: 'none' }, call)).attributes['db.query.text'], none);
    });
  }

  it('keys=full shows 64 keys at most, and 1024 characters of each; keys=none none at all', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `${index}:${'x'.repeat(2000)}`);
    const { attributes } = await spanOf({ keys: 'full' }, ['mget', ...keys], keys);
    const shown = attributes['cache.key'] as string[];
    assert.deepEqual([shown.length, shown[9], shown[10]!.length], [64, keys[9]!.slice(0, 1024), 1024]);
    const none = await spanOf({ keys: 'none' }, ['get', 'user:42'], 'x');
    assert.equal(none.name, 'GET cache.test:6379');
    assert.ok(!JSON.stringify(none.attributes).includes('user'));
    for (const name of ['cache.key', 'cache.key_pattern', 'db.query.summary'])
      assert.equal(none.attributes[name], undefined);
  });

  it('of thousands of keys 64 are looked at for their pattern, and no more arguments than are shown', async () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => (index < 64 ? `user:${index}` : `order:${index}`));
    const read = new Set<string>();
    const args = new Proxy(keys, {
      get: (target, name) => {
        if (typeof name === 'string' && /^\d+$/.test(name)) read.add(name);
        return Reflect.get(target, name) as unknown;
      },
    });
    for (const command of ['del', 'unlink', 'touch', 'watch']) {
      sdk.reset();
      const telemetry = startTelemetry();
      await sdk.withParent(() => run(telemetry, clientOf(telemetry), command, args, 0));
      telemetry.stop();
      assert.equal(sdk.spans()[0]!.attributes['cache.key_pattern'], 'user:*');
    }
    assert.ok(read.size <= 64, `${read.size} arguments were read`);
    const { attributes } = await spanOf({}, ['del', ...keys.slice(1)], 0);
    assert.equal(attributes['cache.key_pattern'], undefined);
  });

  /** The attributes as they are given to the tracer and the span, before anything has changed their types. */
  function given(config: CacheInstrumentationConfig, name: string, args: unknown[], reply: unknown): Attributes {
    const telemetry = startTelemetry(config);
    let attributes: Attributes = {};
    const tracer = sdk.tracerProvider.getTracer('test');
    telemetry.setTracer({
      ...tracer,
      startSpan: (spanName, options, context) => {
        attributes = { ...options!.attributes };
        assert.equal(options!.kind, SpanKind.CLIENT);
        const span = tracer.startSpan(spanName, options, context);
        const { setAttributes } = span;
        span.setAttributes = (later) => {
          Object.assign(attributes, later);
          return setAttributes.call(span, later);
        };
        return span;
      },
    } as typeof tracer);
    void sdk.withParent(() => run(telemetry, clientOf(telemetry), name, args, reply));
    telemetry.stop();
    return attributes;
  }

  const INTEGERS = [
    'server.port',
    'network.peer.port',
    'cache.key_count',
    'cache.hits',
    'cache.misses',
    'cache.value_size',
    'cache.deleted_count',
  ];
  const calls: [string, unknown[], unknown][] = [
    ['get', ['a'], 'x'],
    ['get', ['a'], null],
    ['mget', ['a', 'b', 'c'], ['x', null, 'y']],
    ['set', ['a', 'x', 'PX', '1500'], 'OK'],
    ['del', ['a', 'b'], 2],
    ['get', ['a'], new Error('WRONGTYPE wrong')],
  ];

  it('attributes have the types of the contract', () => {
    for (const [name, args, reply] of calls) {
      const attributes = given({ keys: 'full' }, name, args, reply);
      for (const [key, value] of Object.entries(attributes)) {
        if (INTEGERS.includes(key)) assert.ok(Number.isInteger(value), key);
        else if (key === 'cache.hit') assert.equal(typeof value, 'boolean');
        else if (key === 'cache.ttl' || key === 'cache.hit_rate') assert.equal(typeof value, 'number');
        else if (key === 'cache.key') assert.ok(Array.isArray(value) && value.every((one) => typeof one === 'string'));
        else assert.equal(typeof value, 'string', key);
      }
    }
    assert.equal(given({}, 'set', ['a', 'x', 'PX', '1500'], 'OK')['cache.ttl'], 1.5);
    assert.equal(given({}, 'mget', ['a', 'b'], ['x', null])['cache.hit_rate'], 0.5);
    assert.equal(given({}, 'mget', ['a', 'b'], ['x', null])['cache.hit'], undefined);
    assert.equal(given({}, 'mget', ['a', 'b'], ['x', 'y'])['cache.hit'], true);
  });

  it('older names stand in place of the newer ones, or beside them', async () => {
    const call = ['set', 'user:42', 'x', 'EX', 10];
    const names = async (semconv: 'stable' | 'legacy' | 'dup') => {
      const { name, attributes } = await spanOf({ semconv, keys: 'full' }, call);
      return { name, keys: Object.keys(attributes) };
    };
    const [stable, legacy, dup] = [await names('stable'), await names('legacy'), await names('dup')];
    assert.deepEqual([stable.name, legacy.name, dup.name], ['SET user:*', 'redis SET', 'SET user:*']);
    assert.deepEqual(new Set(dup.keys), new Set([...stable.keys, ...legacy.keys]));
    const older = legacy.keys.filter((key) => !key.startsWith('cache.') && !key.startsWith('network.'));
    assert.deepEqual(older.sort(), [
      'db.name',
      'db.operation',
      'db.redis.command',
      'db.redis.key',
      'db.redis.key_pattern',
      'db.redis.ttl_seconds',
      'db.statement',
      'db.system',
      'net.peer.name',
      'net.peer.port',
    ]);
  });

  it('times: from the call to the answer, inside of the parent', async () => {
    const telemetry = startTelemetry();
    const tracer = trace.getTracer('parent');
    const parent = tracer.startSpan('parent');
    const operation = await sdk.withParent(() => telemetry.begin(clientOf(telemetry), 'get', ['a'], 0)!);
    const spin = Date.now() + 15;
    while (Date.now() < spin);
    telemetry.succeed(operation, 'x');
    parent.end();
    telemetry.stop();
    const [child, outer] = sdk.spans();
    const tolerance = 2_000_000n;
    assert.ok(child!.startTimeUnixNano >= outer!.startTimeUnixNano - tolerance);
    assert.ok(child!.endTimeUnixNano <= outer!.endTimeUnixNano + tolerance);
    assert.ok(child!.durationMs >= 13 && child!.durationMs <= outer!.durationMs + 2, `${child!.durationMs} ms`);
    assert.ok(Math.abs(Number(child!.endTimeUnixNano / 1_000_000n) - Date.now()) < 1000);
  });
});
