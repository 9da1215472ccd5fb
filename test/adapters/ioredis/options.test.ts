import assert from 'node:assert/strict';
import type { Span } from '@opentelemetry/api';
import { AlwaysOffSampler, type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace-base';
import type Redis from 'ioredis';
import type { CacheInstrumentationConfig, RequestInfo, ResponseInfo } from '../../../src';
import { observe } from '../observe';
import { useRedis } from './use-redis';

describe('ioredis: options', () => {
  const observer = observe();
  const server = useRedis();
  let redis: Redis;
  beforeEach(async () => {
    redis = await server.connect();
  });

  /** The names of the spans of a hit, a miss, an error and a pipeline with a miss, with this configuration. */
  async function spansWith(config: CacheInstrumentationConfig): Promise<string[]> {
    await redis.set('hit', 'x');
    observer.instrumentation.setConfig(config);
    await observer.traced(async () => {
      await redis.get('hit');
      await redis.get('miss');
      await assert.rejects(redis.lpop('hit'));
      await redis.pipeline().get('hit').get('miss').exec();
    });
    return observer.spans().map(({ attributes }) => `${attributes['db.query.text']}`);
  }

  describe('spans', () => {
    const all = ['GET hit', 'GET miss', 'LPOP hit', 'GET hit; GET miss'];
    const expected: [CacheInstrumentationConfig, string[]][] = [
      [{ spans: 'all' }, all],
      [{ spans: 'none' }, []],
      [{ spans: ['errors'] }, ['LPOP hit']],
      [{ spans: ['misses'] }, ['GET miss', 'GET hit; GET miss']],
      [{ spans: ['errors', 'misses'] }, ['GET miss', 'LPOP hit', 'GET hit; GET miss']],
      [{ spans: ['slow'], slowMs: 0 }, all],
      [{ spans: ['slow'], slowMs: 10_000 }, []],
    ];
    for (const [config, names] of expected) {
      it(JSON.stringify(config), async () => assert.deepEqual(await spansWith(config), names));
    }

    it('slow: judged by what the operation took', async () => {
      observer.instrumentation.setConfig({ spans: ['slow'], slowMs: 150 });
      await observer.traced(async () => {
        await redis.get('fast');
        server.server.pause();
        const answer = redis.get('slow');
        setTimeout(() => server.server.resume(), 200);
        await answer;
      });
      assert.equal(observer.span().name, 'GET slow');
      assert.ok(observer.span().durationMs >= 150);
    });

    it('none: metrics go on', async () => {
      await spansWith({ spans: 'none' });
      const [point] = await observer.points('cache.misses', { 'cache.key_pattern': 'miss' });
      assert.ok(point!.value! >= 2);
    });
  });

  it('ignoreCommands: no spans and no metrics for these, in any casing, in batches too', async () => {
    observer.instrumentation.setConfig({ ignoreCommands: ['ttl', 'GETSET'] });
    await observer.traced(async () => {
      await redis.ttl('ignored');
      await redis.getset('ignored', 'x');
      await redis.pipeline().ttl('ignored').get('seen').exec();
      await redis.ping();
    });
    const names = observer.spans().map(({ name }) => name);
    // With a list of one's own the default no longer holds.
    assert.deepEqual(names, ['GET seen', `PING ${server.address}`]);
    const durations = await observer.points('db.client.operation.duration', { 'server.port': server.server.port });
    assert.ok(
      durations.every(({ attributes }) => !['TTL', 'GETSET'].includes(String(attributes['db.operation.name']))),
    );
  });

  it('ignoreCommands: empty, so that blocking reads are spans, and still no durations', async () => {
    observer.instrumentation.setConfig({ ignoreCommands: [] });
    await redis.rpush('queue:1', 'job');
    await observer.traced(() => redis.blpop('queue:1', 0));
    assert.equal(observer.span().name, 'BLPOP queue:*');
    const durations = await observer.points('db.client.operation.duration', { 'db.operation.name': 'BLPOP' });
    assert.deepEqual(durations, []);
  });

  it('cachePrefixes: other keys are no lookups, and still spans', async () => {
    observer.instrumentation.setConfig({ cachePrefixes: ['cache:'] });
    await observer.traced(async () => {
      await redis.get('cache:1');
      await redis.get('lock:1');
      await redis.mget('cache:1', 'lock:1');
      await redis.lpush('lock:2', 'x');
      await redis.pipeline().get('lock:2').get('lock:3').exec();
    });
    const spans = observer.spans().map(({ name, attributes }) => [name, attributes['cache.hit']]);
    assert.deepEqual(spans.slice(0, 2), [
      ['GET cache:*', false],
      ['GET lock:*', undefined],
    ]);
    assert.equal(spans.length, 5);
    const misses = await observer.points('cache.misses', { 'cache.name': server.address });
    assert.equal(
      misses.find(({ attributes }) => attributes['cache.key_pattern'] === 'lock:*'),
      undefined,
    );
    assert.equal(misses.find(({ attributes }) => attributes['cache.key_pattern'] === 'cache:*')!.value, 2);
  });

  it('cachePrefixes: a failed member of a batch that is none of the cache does not count', async () => {
    const named = await server.connect({ connectionName: 'prefixed' });
    observer.instrumentation.setConfig({ cachePrefixes: ['cache:'] });
    await named.lpush('lock:2', 'x');
    await named.pipeline().get('lock:2').get('lock:3').exec();
    assert.deepEqual(await observer.points('cache.operations', { 'cache.name': 'prefixed' }), []);
  });

  it('keys: full', async () => {
    observer.instrumentation.setConfig({ keys: 'full' });
    await observer.traced(() => redis.mget('user:1', Buffer.from('user:2')));
    const { name, attributes } = observer.span();
    assert.equal(name, 'MGET user:*');
    assert.equal(attributes['db.query.text'], 'MGET user:1 user:2');
    assert.deepEqual(attributes['cache.key'], ['user:1', 'user:2']);
  });

  it('keys: none', async () => {
    const named = await server.connect({ connectionName: 'nameless' });
    observer.instrumentation.setConfig({ keys: 'none' });
    await observer.traced(() => named.set('user:1', 'x'));
    const { name, attributes } = observer.span();
    assert.equal(name, `SET ${server.address}`);
    assert.equal(attributes['db.query.text'], 'SET ? ?');
    assert.ok(!JSON.stringify(attributes).includes('user'));
    const [writes] = await observer.points('cache.writes_without_ttl', { 'cache.name': 'nameless' });
    assert.deepEqual(writes!.attributes, { 'cache.name': 'nameless' });
  });

  it('keyPatterns come first', async () => {
    observer.instrumentation.setConfig({ keyPatterns: ['order-of-*'] });
    await observer.traced(() => redis.get('order-of-alice'));
    assert.equal(observer.span().name, 'GET order-of-*');
  });

  it('semconv: legacy', async () => {
    observer.instrumentation.setConfig({ semconv: 'legacy' });
    await observer.traced(() => redis.setex('user:1', 30, 'x'));
    const { name, attributes } = observer.span();
    assert.equal(name, 'redis SETEX');
    assert.equal(attributes['db.statement'], 'SETEX user:* ? ?');
    assert.equal(attributes['db.system'], 'redis');
    assert.equal(attributes['db.redis.ttl_seconds'], 30);
    assert.equal(attributes['db.system.name'], undefined);
    const [latency] = await observer.points('cache.latency', { 'cache.name': server.address });
    assert.deepEqual([latency!.unit, latency!.scope.name], ['ms', 'opentelemetry-instrumentation-cache/legacy']);
  });

  it('semconv: dup', async () => {
    observer.instrumentation.setConfig({ semconv: 'dup' });
    await observer.traced(() => redis.pipeline().get('a').get('b').exec());
    const { name, attributes } = observer.span();
    assert.equal(name, `PIPELINE GET ${server.address}`);
    assert.deepEqual([attributes['db.operation.batch.size'], attributes['db.redis.pipeline_length']], [2, 2]);
  });

  it('hooks: told what was asked and answered, and may add attributes', async () => {
    const told: (RequestInfo | ResponseInfo)[] = [];
    observer.instrumentation.setConfig({
      requestHook: (span: Span, info) => {
        told.push(info);
        span.setAttribute('app.request', info.cmdName);
      },
      responseHook: (span: Span, info) => {
        told.push(info);
        span.setAttribute('app.response', String(info.response));
      },
    });
    await redis.set('key', 'value');
    await observer.traced(() => redis.get('key'));
    const [request, response] = told as [RequestInfo, ResponseInfo];
    assert.deepEqual([request.client, request.cmdName, request.cmdArgs], ['ioredis', 'GET', ['key']]);
    assert.match(request.moduleVersion!, /^5\./);
    assert.deepEqual(response.response, Buffer.from('value'));
    const { attributes } = observer.span();
    assert.deepEqual([attributes['app.request'], attributes['app.response']], ['GET', 'value']);
  });
});

describe('ioredis: requireParentSpan', () => {
  const asked: unknown[] = [];
  const sampler: Sampler = {
    shouldSample: (_context, _traceId, name, _kind, attributes) => {
      asked.push([name, attributes['cache.hit']]);
      return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    },
    toString: () => 'recording sampler',
  };
  const observer = observe({}, { sampler });
  const server = useRedis();
  beforeEach(() => asked.splice(0));

  it('true: nothing without a parent, and the sampler is not even asked', async () => {
    const redis = await server.connect();
    await redis.get('key');
    await observer.traced(() => redis.get('key'), { sampled: false });
    assert.deepEqual([observer.spans(), asked], [[], []]);
  });

  it('false: the sampler is asked each time, with all attributes', async () => {
    const redis = await server.connect();
    observer.instrumentation.setConfig({ requireParentSpan: false });
    await redis.get('key');
    await observer.traced(() => redis.get('key'), { sampled: false });
    assert.deepEqual(asked, [
      ['GET key', false],
      ['GET key', false],
    ]);
    assert.equal(observer.spans()[0]!.parentSpanId, undefined);
  });
});

describe('ioredis: a sampler that wants nothing', () => {
  const observer = observe({ requireParentSpan: false }, { sampler: new AlwaysOffSampler() });
  const server = useRedis();

  it('metrics are not affected', async () => {
    const redis = await server.connect();
    await redis.get('unsampled:1');
    assert.deepEqual(observer.spans(), []);
    const [misses] = await observer.points('cache.misses', { 'cache.key_pattern': 'unsampled:*' });
    assert.equal(misses!.value, 1);
  });
});
