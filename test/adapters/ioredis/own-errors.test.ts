import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { context, type ContextManager } from '@opentelemetry/api';
import type Redis from 'ioredis';
import { Cluster } from 'ioredis';
import { observe } from '../observe';
import { useRedis } from './use-redis';

/** What the application brings along, and we call: it may throw. */
const BREAKS: Record<string, () => () => void> = {
  'a context manager': () => {
    const manager = (context as unknown as { _getContextManager(): ContextManager })._getContextManager();
    return broken(manager, 'active');
  },
  'a clock': () => broken(performance, 'now'),
};

function broken<T extends object>(target: T, method: keyof T & string): () => void {
  const own = Object.getOwnPropertyDescriptor(target, method);
  const value = (): never => {
    throw new Error('not from the cache');
  };
  Object.defineProperty(target, method, { configurable: true, writable: true, value });
  return () => {
    if (own === undefined) Reflect.deleteProperty(target, method);
    else Object.defineProperty(target, method, own);
  };
}

describe('ioredis: errors of ours do not reach the application', () => {
  const observer = observe();
  const server = useRedis();
  let mend: () => void = () => undefined;
  afterEach(() => mend());

  /** Every way of calling, while something that we call throws. */
  const WAYS: Record<string, (redis: Redis) => Promise<unknown>> = {
    command: (redis) => redis.get('k'),
    pipeline: async (redis) => (await redis.pipeline().get('k').get('k').exec())![1]![1],
    'multi, pipelined': async (redis) => (await redis.multi().get('k').exec())![0]![1],
    'multi, without a pipeline': async (redis) => {
      void redis.multi({ pipeline: false });
      void redis.get('k');
      return (await redis.exec())![0]![1];
    },
  };

  for (const [what, breaks] of Object.entries(BREAKS)) {
    for (const [way, call] of Object.entries(WAYS)) {
      it(`${what} that throws: ${way}`, async () => {
        const redis = await server.connect();
        await redis.set('k', 'v');
        mend = breaks();
        const answer = call(redis);
        mend();
        assert.equal(await answer, 'v');
        await observer.traced(() => redis.get('k'));
        assert.equal(observer.spans().at(-1)!.name, 'GET k');
      });
    }

    it(`${what} that throws: automatic pipelines`, async () => {
      const redis = await server.connect({ enableAutoPipelining: true });
      mend = breaks();
      const answers = [redis.set('k', 'v'), redis.get('k')];
      mend();
      assert.deepEqual(await Promise.all(answers), ['OK', 'v']);
    });

    it(`${what} that throws: a member of a transaction that waits for a connection`, async () => {
      const points = async () =>
        (await observer.points('cache.operations', { 'cache.operation': 'set' }))[0]?.value ?? 0;
      const before = Number(await points());
      const redis = server.client();
      await observer.traced(async () => {
        void redis.multi({ pipeline: false });
        mend = breaks();
        void redis.set('user:1', 'a');
        mend();
        void redis.get('user:2');
        await redis.exec();
      });
      assert.equal(observer.span().name, 'MULTI user:*');
      assert.equal(Number(await points()) - before, 1);
    });

    it(`${what} that throws: a cluster that is not ready`, async () => {
      const cluster = server.closing(
        new Cluster([{ host: server.server.host, port: server.server.port }], { lazyConnect: true }),
      );
      mend = breaks();
      const failures: unknown[] = [];
      for (const answer of [cluster.get('k'), cluster.multi().get('k').exec()]) {
        void answer.catch((error: unknown) => failures.push(error));
      }
      mend();
      await setImmediate();
      assert.deepEqual(failures, []);
      cluster.disconnect();
    });
  }
});
