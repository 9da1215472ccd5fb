import assert from 'node:assert/strict';
import { join } from 'node:path';
import { METRIC_CACHE_ENTRIES, METRIC_CACHE_ESTIMATED_SIZE, METRIC_CACHE_EVICTIONS } from '../../src/semconv';
import { runFixture } from '../support/fixture';

const NODE_ARGS = ['--expose-gc', '--require', 'tsx/cjs'];

interface Point {
  readonly name: string;
  readonly unit: string;
  readonly type: string;
  readonly monotonic?: boolean;
  readonly value: number;
}

describe('caches in this process, in the metrics', () => {
  for (const temporality of ['cumulative', 'delta']) {
    it(`instruments and producer tell the same (${temporality})`, async () => {
      const { stdout, stderr } = await runFixture(join(__dirname, 'both-ways.cjs'), {
        nodeArgs: NODE_ARGS,
        args: [temporality],
      });
      assert.ok(stdout, stderr);
      const { told, produced } = JSON.parse(stdout) as { told: Point[]; produced: Point[] };
      assert.deepEqual(produced, told);
      const of = (metric: string) => told.filter(({ name }) => name === metric).map(({ value }) => value);
      assert.deepEqual(of(METRIC_CACHE_EVICTIONS), [1]);
      assert.deepEqual(of(METRIC_CACHE_ENTRIES).sort(), [2, 3]);
      assert.deepEqual(of(METRIC_CACHE_ESTIMATED_SIZE).length, 2);
      const { type, monotonic, unit } = told.find(({ name }) => name === METRIC_CACHE_ENTRIES)!;
      assert.deepEqual([type, monotonic, unit], ['sum', false, '{entry}']);
    });
  }

  it('a million caches that nobody holds leave nothing', async function () {
    this.timeout(180_000);
    const { stdout, stderr } = await runFixture(join(__dirname, 'many.cjs'), {
      nodeArgs: NODE_ARGS,
      timeoutMs: 170_000,
    });
    assert.ok(stdout, stderr);
    const { grown, first, second } = JSON.parse(stdout) as {
      grown: number;
      first: { points: number; value: number };
      second: { points: number; value: number };
    };
    assert.ok(grown < 2_000_000, `${grown} bytes`);
    assert.deepEqual(first, { points: 1, value: 1 });
    assert.deepEqual(second, { points: 1, value: 2 });
  });
});
