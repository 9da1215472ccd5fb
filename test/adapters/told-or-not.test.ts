import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import type { CacheInstrumentationConfig } from '../../src';
import type { MetricData } from '../support/telemetry-data';
import { useRedis as useIoredis } from './ioredis/use-redis';
import { observe, type Observer } from './observe';
import { useRedis as useNodeRedis } from './redis/use-redis';

/** Runs for some 60 ms. */
const SLOW = `local from = redis.call('TIME')
repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1000000 + now[2] - from[2] > 60000
return 1`;

const GREET = { numberOfKeys: 1, lua: 'return redis.call("GET", KEYS[1]) or ARGV[1]' };

/** What was counted and measured so far; of times only how many there are. */
async function counted({ sdk }: Observer): Promise<Map<string, number>> {
  const numbers = new Map<string, number>();
  for (const point of await sdk.collectMetrics()) {
    if (point.name === 'cache.hit_rate') continue;
    for (const [what, number] of numbersOf(point)) {
      numbers.set(`${point.name} ${what} ${JSON.stringify(Object.entries(point.attributes).sort())}`, number);
    }
  }
  return numbers;
}

function numbersOf({ name, value, histogram }: MetricData): [string, number][] {
  if (histogram === undefined) return [['value', Number(value)]];
  const sum: [string, number] = ['sum', histogram.sum ?? 0];
  return [['count', histogram.count], ...(name === 'cache.value_size' ? [sum] : [])];
}

/** The same commands, once with a span for each and once without any: what metrics tell of them is the same. */
async function assertSame(observer: Observer, run: (from: number) => Promise<unknown>): Promise<void> {
  const grown = async (sampled: boolean, from: number) => {
    const before = await counted(observer);
    await observer.traced(() => run(from), { sampled });
    const after = await counted(observer);
    return [...after]
      .map(([key, number]) => `${key} ${number - (before.get(key) ?? 0)}`)
      .filter(isChange)
      .sort();
  };
  // What is there from the first time on stays.
  await observer.traced(() => run(1000));
  observer.sdk.reset();
  const told = await grown(true, 2000);
  assert.notEqual(observer.spans().length, 0);
  observer.sdk.reset();
  const untold = await grown(false, 3000);
  assert.deepEqual(observer.spans(), []);
  assert.deepEqual(untold, told);
  assert.ok(untold.length > 5, untold.join('\n'));
}

function isChange(line: string): boolean {
  return !line.endsWith(' 0');
}

const CONFIGURATIONS: Record<string, CacheInstrumentationConfig> = {
  defaults: {},
  'nothing ignored, older names too, no key patterns': { ignoreCommands: [], semconv: 'dup', keys: 'none' },
  'some keys only': { cachePrefixes: ['user:', 'list:'] },
  'a report': { reportSignal: 'SIGUSR2' },
};

for (const [name, configuration] of Object.entries(CONFIGURATIONS)) {
  describe(`ioredis: without spans the same is counted (${name})`, () => {
    const observer = observe(configuration);
    const server = useIoredis();

    it('of lookups, writes and what else there is', async () => {
      const redis = await server.connect();
      await assertSame(observer, async (id) => {
        await redis.set(`user:${id}:profile`, 'välue', 'EX', 60);
        await redis.set(`user:${id}:name`, '');
        await redis.setex(`user:${id}:mail`, 10, 'x'.repeat(100));
        await Promise.all([
          redis.get(`user:${id}:profile`),
          redis.getBuffer(`user:${id}:name`),
          redis.get(`none:${id}`),
        ]);
        await redis.get(`none:${id}`);
        await redis.set(`none:${id}`, 'now');
        await redis.get(`none:${id}`);
        await redis.mget(`user:${id}:profile`, `none:${id}`, `nothing:${id}`, `user:${id}:name`);
        await redis.mget(`nothing:${id}`);
        await redis.hset(`hash:${id}`, 'field', 'value');
        await redis.hmget(`hash:${id}`, 'field', 'no field');
        await redis.hgetall(`hash:${id}`);
        await redis.exists(`hash:${id}`, `nothing:${id}`);
        await redis.expire(`hash:${id}`, 10);
        await redis.incr(`count:${id}`);
        await redis.getdel(`count:${id}`);
        await redis.del(`hash:${id}`, `nothing:${id}`);
        await redis.blpop(`list:${id}`, 0.01);
      });
    });
  });
}

describe('ioredis: without spans the same is counted', () => {
  const observer = observe();
  const server = useIoredis();
  const same = (run: (redis: Redis, from: number) => Promise<unknown>) => async () => {
    const redis = await server.connect();
    await assertSame(observer, (from) => run(redis, from));
  };

  it(
    'of errors, and of what is answered after it was given up',
    same(async (redis, id) => {
      await redis.lpush(`list:${id}`, 'x');
      await assert.rejects(redis.get(`list:${id}`), { message: /^WRONGTYPE/ });
      await assert.rejects(redis.call('NO_SUCH_COMMAND'));
      const hasty = await server.connect({ commandTimeout: 20 });
      await assert.rejects(hasty.eval(SLOW, 0), { message: 'Command timed out' });
      await redis.ping();
      await hasty.get(`list:${id}`).catch(() => undefined);
      hasty.disconnect();
    }),
  );

  it(
    'of scripts that are sent again, pipelines and transactions',
    same(async (redis, id) => {
      const scripted = (await server.connect({ scripts: { greet: GREET } })) as Redis & {
        greet(key: string, value: string): Promise<string>;
      };
      await scripted.greet(`user:${id}`, 'once');
      await server.server.call('SCRIPT', 'FLUSH');
      await Promise.all([scripted.greet(`user:${id}`, 'again'), scripted.greet(`user:${id}`, 'and again')]);
      await redis.pipeline().set(`user:${id}`, 'a').get(`user:${id}`).get(`none:${id}`).exec();
      await redis.multi().set(`user:${id}`, 'a').get(`none:${id}`).exec();
      await redis.multi({ pipeline: false });
      await redis.set(`user:${id}`, 'b');
      await redis.exec();
      await redis.get(`user:${id}`);
    }),
  );

  it(
    'of what waits for a connection, or is put into pipelines by the client',
    same(async (_redis, id) => {
      const waiting = server.client({ enableAutoPipelining: true });
      await Promise.all([waiting.set(`user:${id}`, 'a'), waiting.get(`user:${id}`), waiting.get(`none:${id}`)]);
      const queued = server.client();
      await Promise.all([queued.set(`user:${id}`, 'a'), queued.get(`user:${id}`)]);
    }),
  );
});

for (const [name, configuration] of Object.entries(CONFIGURATIONS)) {
  describe(`redis: without spans the same is counted (${name})`, () => {
    const observer = observe(configuration);
    const server = useNodeRedis();

    it('of lookups, writes, errors and what else there is', async () => {
      const redis = await server.connect();
      await assertSame(observer, async (id) => {
        await redis.set(`user:${id}:profile`, 'välue', { EX: 60 });
        await redis.set(`user:${id}:name`, '');
        await Promise.all([redis.get(`user:${id}:profile`), redis.get(`user:${id}:name`), redis.get(`none:${id}`)]);
        await redis.get(`none:${id}`);
        await redis.set(`none:${id}`, 'now');
        await redis.mGet([`user:${id}:profile`, `none:${id}`, `nothing:${id}`]);
        await redis.hSet(`hash:${id}`, 'field', 'value');
        await redis.hGetAll(`hash:${id}`);
        await redis.del([`hash:${id}`, `nothing:${id}`]);
        await redis.lPush(`list:${id}`, 'x');
        await assert.rejects(redis.get(`list:${id}`), { message: /^WRONGTYPE/ });
        await redis.sendCommand(['GETRANGE', `none:${id}`, '0', '1']);
        await redis.multi().set(`user:${id}`, 'a').get(`user:${id}`).exec();
        await redis.multi().get(`user:${id}`).get(`none:${id}`).execAsPipeline();
        await redis.select(0);
        await redis.blPop(`empty:${id}`, 0.01);
      });
    });
  });
}

describe('redis: without spans the same is counted', () => {
  const observer = observe();
  const server = useNodeRedis();

  it('of what waits for a connection, is refused or aborted', async () => {
    await assertSame(observer, async (id) => {
      const waiting = server.client();
      await assert.rejects(waiting.get(`user:${id}`), { message: 'The client is closed' });
      const connected = waiting.connect();
      await Promise.all([waiting.set(`user:${id}`, 'a'), waiting.get(`user:${id}`), waiting.get(`none:${id}`)]);
      await connected;
      const aborted = waiting.withAbortSignal(AbortSignal.abort());
      await assert.rejects(aborted.get(`user:${id}`));
    });
  });
});
