import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MultiLevelCache, TracedCache } from '../../src';

const TTL = 100;

/** What a store does while one step lasts, and how much time passes before it. */
const step = fc.record({
  key: fc.nat(2),
  milliseconds: fc.nat(70),
  readFails: fc.boolean(),
  writeFails: fc.constantFrom('no', 'before', 'after'),
  isSet: fc.boolean(),
  /** The level in the process is empty, as that of another process would be. */
  isElsewhere: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A store that fails as the step says: also after it has written. */
class FlakyStore {
  now: Step | undefined;
  readonly #map = new Map<string, unknown>();

  #check(fails: boolean | undefined): void {
    if (fails) throw new Error('flaky');
  }

  async get(key: string): Promise<unknown> {
    await Promise.resolve();
    this.#check(this.now?.readFails);
    return this.#map.get(key);
  }

  async set(key: string, value: unknown): Promise<void> {
    await Promise.resolve();
    this.#check(this.now?.writeFails === 'before');
    this.#map.set(key, value);
    this.#check(this.now?.writeFails === 'after');
  }

  delete(key: string): boolean {
    return this.#map.delete(key);
  }
}

describe('a store that fails half of the time', () => {
  const realNow = Date.now;
  let clock = 1_000_000;
  before(() => {
    Date.now = () => clock;
  });
  after(() => {
    Date.now = realNow;
  });

  for (const [kind, makeCache] of [
    ['one level', (store: object) => new TracedCache<Loaded>('flaky', store, { ttl: '100ms' })],
    ['two levels', (store: object, near: object) => new MultiLevelCache<Loaded>([near, store], { ttl: '100ms' })],
  ] as const) {
    it(`${kind}: no value is lost, and none is served after its time`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const store = new FlakyStore();
          const near = new Map();
          const cache = makeCache(store, near);
          for (const one of steps) {
            store.now = one;
            if (one.isElsewhere) near.clear();
            clock += one.milliseconds;
            const key = `key:${one.key}`;
            const made = (): Loaded => ({ key, at: clock });
            if (one.isSet) await cache.set(key, made()).catch(() => undefined);
            const callers = await Promise.all([1, 2, 3].map(() => cache.getOrSet(key, made)));
            for (const value of callers) {
              assert.equal(value.key, key);
              assert.ok(clock - value.at <= TTL, `${clock - value.at} ms old`);
            }
          }
        }),
        { numRuns: 300 },
      );
    });
  }
});

interface Loaded {
  readonly key: string;
  readonly at: number;
}
