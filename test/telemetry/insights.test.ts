import assert from 'node:assert/strict';
import { context, trace } from '@opentelemetry/api';
import Redis from 'ioredis';
import type { CacheInstrumentationConfig } from '../../src';
import {
  ATTR_CACHE_HIT,
  ATTR_CACHE_KEY_COUNT,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_NAME,
  ATTR_CACHE_REPEATED_MISS,
  EVENT_CACHE_SINGLE_LOOKUPS,
  METRIC_CACHE_REPEATED_MISSES,
} from '../../src/semconv';
import { cacheAttributes } from '../../src/telemetry/span-attributes';
import { SingleLookups } from '../../src/telemetry/detail/single-lookups';
import { observe, type Observer } from '../adapters/observe';
import { type RedisServer, startRedis } from '../support/servers';
import { clientOf, startTelemetry } from './calls';

describe('insights on spans', () => {
  let server: RedisServer;
  let redis: Redis;

  before(async () => {
    server = await startRedis();
  });

  after(() => server.stop());

  /** An observer with a client of its own, for the tests of one `describe`. */
  function observed(config: CacheInstrumentationConfig = {}): Observer {
    const observer = observe(config);
    before(() => {
      redis = new Redis(server.url, { connectionName: 'shop' });
    });
    beforeEach(() => redis.flushall());
    after(() => redis.disconnect());
    return observer;
  }

  /** Runs below a span of the application's, and gives the events that it ended with. */
  async function belowSpan(observer: Observer, run: () => Promise<unknown>) {
    const parent = trace.getTracer('app').startSpan('request');
    await context.with(trace.setSpan(context.active(), parent), run);
    parent.end();
    return observer.spans().find(({ name }) => name === 'request')!.events;
  }

  const gets = (count: number, from = 0, pattern = 'user') =>
    Promise.all(Array.from({ length: count }, (_, index) => redis.get(`${pattern}:${from + index}`)));

  describe('by default', () => {
    const observer = observed();

    const repeats = () =>
      observer
        .spans()
        .filter(({ attributes }) => ATTR_CACHE_HIT in attributes)
        .map(({ attributes }) => attributes[ATTR_CACHE_REPEATED_MISS]);

    it("marks the lookups that repeat another's miss, until the key is written", async () => {
      await observer.traced(async () => {
        for (let round = 0; round < 3; round++) await redis.get('user:1');
        await redis.set('user:1', 'here', 'EX', 60);
        await redis.get('user:1');
        await redis.del('user:1');
        await redis.get('user:1');
      });
      assert.deepEqual(repeats(), [undefined, true, true, undefined, undefined]);
    });

    it('marks as many as the metric counts, of batches and of lookups of several keys too', async () => {
      const before = (await observer.points(METRIC_CACHE_REPEATED_MISSES)).reduce((sum, one) => sum + one.value!, 0);
      await observer.traced(async () => {
        await redis.mget('user:7', 'user:8');
        await redis.mget('user:8', 'user:9');
        await redis.pipeline().get('user:9').get('user:10').exec();
      });
      assert.deepEqual(repeats(), [undefined, true, true]);
      const points = await observer.points(METRIC_CACHE_REPEATED_MISSES);
      assert.equal(points.reduce((sum, one) => sum + one.value!, 0) - before, 2);
    });

    it('adds one event to the parent at the tenth single lookup of a pattern, and none later', async () => {
      assert.deepEqual(await belowSpan(observer, () => gets(9)), []);
      observer.sdk.reset();
      const events = await belowSpan(observer, () => gets(25));
      assert.deepEqual(events, [
        {
          name: EVENT_CACHE_SINGLE_LOOKUPS,
          attributes: { [ATTR_CACHE_NAME]: 'shop', [ATTR_CACHE_KEY_PATTERN]: 'user:*', [ATTR_CACHE_KEY_COUNT]: 10 },
        },
      ]);
    });

    it('counts each pattern and each parent for itself, and lookups one after the other as well', async () => {
      const two = await belowSpan(observer, async () => {
        for (let i = 0; i < 9; i++) await redis.get(`user:${i}`);
        for (let i = 0; i < 10; i++) await redis.get(`item:${i}`);
      });
      assert.deepEqual(
        two.map(({ attributes }) => attributes[ATTR_CACHE_KEY_PATTERN]),
        ['item:*'],
      );
      observer.sdk.reset();
      assert.deepEqual(await belowSpan(observer, () => gets(9)), []);
    });

    it('has nothing to say of lookups of several keys, of pipelines, and of writes', async () => {
      const events = await belowSpan(observer, async () => {
        for (let i = 0; i < 12; i++) await redis.mget(`user:${i}`, `user:${i + 1}`);
        const pipeline = redis.pipeline();
        for (let i = 0; i < 12; i++) pipeline.get(`user:${i}`);
        await pipeline.exec();
        for (let i = 0; i < 12; i++) await redis.set(`user:${i}`, 'x', 'EX', 60);
      });
      assert.deepEqual(events, []);
    });

    it('leaves a parent alone that has ended', async () => {
      const parent = trace.getTracer('app').startSpan('request');
      parent.end();
      await context.with(trace.setSpan(context.active(), parent), () => gets(12));
      assert.deepEqual(observer.spans().find(({ name }) => name === 'request')!.events, []);
    });
  });

  describe('with keys=none', () => {
    const observer = observed({ keys: 'none' });

    it('says nothing of many lookups: they may have nothing in common', async () => {
      assert.deepEqual(await belowSpan(observer, () => gets(12)), []);
    });
  });

  describe('with insights off', () => {
    const observer = observed({ insights: false });

    it('marks nothing and adds no event; the metric counts on', async () => {
      const events = await belowSpan(observer, async () => {
        await gets(12);
        await gets(12);
      });
      assert.deepEqual(events, []);
      assert.ok(observer.spans().every(({ attributes }) => !(ATTR_CACHE_REPEATED_MISS in attributes)));
      const points = await observer.points(METRIC_CACHE_REPEATED_MISSES);
      assert.equal(
        points.reduce((sum, one) => sum + one.value!, 0),
        12,
      );
    });
  });
});

it('marks those members of a batch alone that repeat a miss, where each has a span of another instrumentation', () => {
  const telemetry = startTelemetry();
  const client = clientOf(telemetry);
  const batch = telemetry.beginBatch(client, 'PIPELINE');
  const series = client.route.named('get');
  const marks = ['user:1', 'user:1', 'user:2'].map((key) => {
    batch.add(series, [key], 0);
    return cacheAttributes(telemetry.memberSucceeded(batch, series, [key], 0, null)!)[ATTR_CACHE_REPEATED_MISS];
  });
  telemetry.finishBatch(batch, undefined, undefined);
  telemetry.stop();
  assert.deepEqual(marks, [undefined, true, undefined]);
});

describe('SingleLookups', () => {
  it('counts the lookups below each parent, and those below parents that have many', () => {
    const lookups = new SingleLookups();
    const add = (parent: string, times: number) => {
      for (let i = 0; i < times; i++) lookups.add(parent);
    };
    add('00000000000000a1', 9);
    add('00000000000000b2', 10);
    add('00000000000000c3', 25);
    const { parents, parentsWithMany, lookupsOfMany, most } = lookups;
    assert.deepEqual(
      { parents, parentsWithMany, lookupsOfMany, most },
      { parents: 3, parentsWithMany: 2, lookupsOfMany: 35, most: 25 },
    );
  });

  it('gives the place of an older parent to a newer one', () => {
    const lookups = new SingleLookups();
    for (let i = 0; i < 9; i++) lookups.add('0000000000000100');
    lookups.add('0000000000000200');
    assert.equal(lookups.add('0000000000000100'), 1);
  });
});
