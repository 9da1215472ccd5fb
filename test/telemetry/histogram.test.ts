import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LogHistogram } from '../../src/telemetry/detail/log-histogram';
import { DURATION_BOUNDS, Histogram, LATENCY_BOUNDS, SIZE_BOUNDS } from '../../src/telemetry/histogram';

describe('histogram', () => {
  it('bounds: those of the semantic conventions, their milliseconds, and powers of four bytes', () => {
    assert.deepEqual(DURATION_BOUNDS, [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]);
    assert.deepEqual(LATENCY_BOUNDS, [1, 5, 10, 50, 100, 500, 1000, 5000, 10_000]);
    assert.deepEqual([SIZE_BOUNDS[0], SIZE_BOUNDS[1], SIZE_BOUNDS.at(-1)], [16, 64, 16 * 1024 * 1024]);
  });

  it('a bound belongs to the bucket below it', () => {
    for (const bounds of [DURATION_BOUNDS, LATENCY_BOUNDS, SIZE_BOUNDS]) {
      bounds.forEach((bound, index) => {
        const histogram = new Histogram(bounds);
        histogram.record(bound);
        assert.equal(histogram.counts[index], 1, `${bound}`);
        histogram.record(bound * (1 + Number.EPSILON));
        assert.equal(histogram.counts[index + 1], 1, `more than ${bound}`);
      });
    }
  });

  it('counts, sums and remembers the extremes of whatever is recorded', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 }), (values) => {
        const histogram = new Histogram(DURATION_BOUNDS);
        for (const value of values) histogram.record(value);
        const { counts, count, sum, min, max } = histogram;
        assert.equal(count, values.length);
        assert.equal(
          sum,
          values.reduce((all, one) => all + one, 0),
        );
        assert.deepEqual([min, max], [Math.min(...values), Math.max(...values)]);
        const expected = [...DURATION_BOUNDS, Infinity].map(
          (bound, index) => values.filter((one) => one <= bound && one > (DURATION_BOUNDS[index - 1] ?? -1)).length,
        );
        assert.deepEqual(counts, expected);
      }),
    );
  });

  it('each reader has intervals of its own, whose extremes are those of its time', () => {
    const ask = fc.constantFrom('one', 'other', 'late');
    const step = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), ask);
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const histogram = new Histogram(DURATION_BOUNDS);
        const intervals = new Map([
          ['one', histogram.startInterval()],
          ['other', histogram.startInterval()],
        ]);
        const seen = new Map<string, number[]>();
        const all: number[] = [];
        for (const one of steps) {
          if (typeof one === 'number') {
            histogram.record(one);
            all.push(one);
            for (const values of seen.values()) values.push(one);
            continue;
          }
          const interval = intervals.get(one) ?? histogram.startInterval();
          intervals.set(one, interval);
          const values = seen.get(one) ?? all;
          const { min, max } = histogram.endInterval(interval);
          assert.deepEqual([min, max], [Math.min(...values), Math.max(...values)]);
          seen.set(one, []);
        }
        assert.deepEqual([histogram.min, histogram.max], [Math.min(...all), Math.max(...all)]);
      }),
    );
  });

  it('of the report: empty values are told apart from those of one byte', () => {
    const sizes = new LogHistogram(1, 2 ** 30);
    for (const size of [0, 0, 0, 1, 1000]) sizes.record(size);
    assert.deepEqual([sizes.quantile(0), sizes.quantile(0.5), sizes.quantile(0.8)], [0, 0, 1]);
    assert.ok(Math.abs(sizes.quantile(1)! - 1000) < 45);
    assert.deepEqual([...sizes.octaves()][0], [1, 4]);
  });
});
