import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as passes } from 'node:timers/promises';
import { CacheTimeoutError, TracedCache } from '../../src';
import { until } from '../support/children';

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('time limits of loads', () => {
  it('one timer for all, that keeps the process while something is loading', async () => {
    const cache = new TracedCache<number>('limited', new Map(), { loadTimeout: '20s' });
    // The runner sets its own timer once the test has begun to wait.
    await passes(1);
    const before = timers();
    const all = Array.from({ length: 100 }, (_, i) => cache.getOrSet(`${i}`, () => passes(20, i)));
    assert.equal(timers() - before, 101);
    await Promise.all(all);
    assert.equal(timers(), before);
    const again = cache.getOrSet('again', () => passes(20, 1));
    assert.equal(timers() - before, 2);
    await again;
    assert.equal(timers(), before);
  });

  it('each load has its own end, and none ends early', async () => {
    const cache = new TracedCache<number>('limited', new Map(), { loadTimeout: '60ms' });
    const took = async (key: string): Promise<number> => {
      const began = performance.now();
      await assert.rejects(
        cache.getOrSet(key, () => new Promise<number>(() => undefined)),
        CacheTimeoutError,
      );
      return performance.now() - began;
    };
    const [first, , second] = await Promise.all([took('a'), passes(30), passes(30).then(() => took('b'))]);
    assert.ok(first! >= 59 && second! >= 59, `${first} ${second}`);
    // After a time in which nothing is limited, too.
    await passes(70);
    assert.ok((await took('c')) >= 59);
  });

  it('goes by the clock of a test that has replaced it together with the timers', async () => {
    let time = 0;
    const due: { at: number; call: () => void }[] = [];
    const later = (call: () => void, length: number) => {
      due.push({ at: time + length, call });
      return { ref: () => undefined, unref: () => undefined };
    };
    const replace = (name: string, value: unknown) => {
      const original = Object.getOwnPropertyDescriptor(globalThis, name)!;
      Object.defineProperty(globalThis, name, { value, configurable: true });
      return () => Object.defineProperty(globalThis, name, original);
    };
    const pass = (milliseconds: number) => {
      time += milliseconds;
      const over = due.filter(({ at }) => at <= time);
      for (const one of over) due.splice(due.indexOf(one), 1);
      for (const { call } of over) call();
    };
    const cache = new TracedCache<number>('limited', new Map(), { loadTimeout: '10m' });
    const never = (): Promise<number> => new Promise(() => undefined);
    const late: string[] = [];
    const load = (key: string) => cache.getOrSet(key, never).catch(() => late.push(key));
    const restorers = [replace('setTimeout', later), replace('performance', { now: () => time })];
    try {
      const first = load('a');
      pass(400_000);
      const second = load('b');
      pass(200_000);
      await first;
      assert.deepEqual(late, ['a']);
      pass(400_000);
      await second;
    } finally {
      for (const restore of restorers) restore();
    }
  });

  it('belongs to nobody: the context of another call does not get into a load', async () => {
    const requests = new AsyncLocalStorage<string>();
    const cache = new TracedCache<number>('limited', new Map(), { loadTimeout: '40ms' });
    let seen: string | undefined = 'nothing';
    const never = ({ signal }: { signal: AbortSignal }): Promise<number> => {
      signal.addEventListener('abort', () => (seen = requests.getStore()));
      return new Promise(() => undefined);
    };
    const one = requests.run('one', () => cache.getOrSet('a', () => passes(5, 1)));
    const other = requests.run('other', () => cache.getOrSet('b', never));
    assert.equal(await one, 1);
    await assert.rejects(other, CacheTimeoutError);
    await until(() => seen !== 'nothing', 'it was aborted');
    assert.notEqual(seen, 'one');
  });

  it('what begins when another one ends shares the timer', async () => {
    const cache = new TracedCache<number>('limited', new Map(), { loadTimeout: '90ms' });
    await passes(1);
    const before = timers();
    let next: Promise<unknown> | undefined;
    const never = (): Promise<number> => new Promise(() => undefined);
    const first = cache.getOrSet('a', ({ signal }) => {
      signal.addEventListener('abort', () => (next = assert.rejects(cache.getOrSet('b', never), CacheTimeoutError)));
      return never();
    });
    await assert.rejects(first, CacheTimeoutError);
    assert.equal(timers() - before, 1);
    await next;
    assert.equal(timers(), before);
  });
});
