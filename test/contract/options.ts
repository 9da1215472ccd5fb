import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { CacheInstrumentationConfig } from '../../src';
import { observe } from '../adapters/observe';
import { requireHere } from './library-copies';
import type { Connection, Subject } from './subject';

const SECRET = 'the-value-of-Ada';
/** Too long to be part of a time or of an identifier by chance. */
const USER = '47110815471108154711';
const KEY = `user:${USER}:profile`;

/** What the options of the application leave of the operations, and what none of them ever shows. */
export function describeOptions(subject: Subject): void {
  describe('the options', () => {
    const observer = observe();
    let connection: Connection;
    before(async () => {
      connection = await subject.connect(requireHere(subject.packageName));
    });
    after(() => connection.close());

    /** Writes, reads and fails below a parent; everything that was told of it. */
    async function told(config: CacheInstrumentationConfig): Promise<{ spans: string[]; all: string }> {
      observer.instrumentation.setConfig(config);
      await observer.traced(async () => {
        await connection.set(KEY, SECRET);
        assert.equal(String(await connection.get(KEY)), SECRET);
        await assert.rejects(connection.fail(KEY));
        await connection.get(`${KEY}:none`);
      });
      observer.instrumentation.setConfig({});
      const spans = observer.spans();
      const all = inspect([...spans, ...(await observer.sdk.collectMetrics())], {
        depth: Infinity,
        maxArrayLength: Infinity,
      });
      return { spans: spans.map(({ attributes }) => String(attributes['db.operation.name'])), all };
    }

    const { set, get, fail } = subject.names;

    for (const keys of ['pattern', 'full', 'none'] as const) {
      it(`keys: ${keys}: no value is told, and a whole key only where it is asked for`, async () => {
        const { spans, all } = await told({ keys });
        assert.deepEqual(spans, [set, get, fail, get]);
        assert.ok(!all.includes(SECRET));
        assert.equal(all.includes(USER), keys === 'full');
        const patterns = observer.spans().map(({ attributes }) => attributes['cache.key_pattern']);
        const [one, none] = ['user:*:profile', 'user:*:profile:none'];
        assert.deepEqual(patterns, keys === 'none' ? Array(4).fill(undefined) : [one, one, one, none]);
      });
    }

    it('spans, ignoreCommands', async () => {
      assert.deepEqual((await told({ spans: 'none' })).spans, []);
      observer.sdk.reset();
      assert.deepEqual((await told({ spans: ['errors'] })).spans, [fail]);
      observer.sdk.reset();
      assert.deepEqual((await told({ spans: ['misses'] })).spans, [get]);
      observer.sdk.reset();
      assert.deepEqual((await told({ ignoreCommands: [get] })).spans, [set, fail]);
    });

    it('the older names', async () => {
      await told({ semconv: 'legacy' });
      const [first] = observer.spans();
      const { 'db.operation': operation, 'db.operation.name': stable } = first!.attributes;
      assert.deepEqual([operation, stable], [set, undefined]);
      assert.match(first!.name, new RegExp(`^(redis|memcached) ${set}$`));
    });
  });
}
