import assert from 'node:assert/strict';
import fc from 'fast-check';
import { resolveSettings } from '../../src/config';
import { Cache } from '../../src/telemetry/cache';
import { commonOf, MissedKeys } from '../../src/telemetry/missed-keys';

describe('missed keys', () => {
  it('a key that was missed is known until it is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uint8Array(), fc.double(), fc.bigInt()), (key) => {
        const missed = new MissedKeys();
        assert.equal(missed.add(key), false);
        assert.equal(missed.add(key), true);
        missed.remove(key);
        assert.equal(missed.add(key), false);
      }),
    );
  });

  it('writing another key does not make it forgotten', () => {
    const missed = new MissedKeys();
    missed.add('one');
    missed.remove('two');
    assert.equal(missed.add('one'), true);
  });

  it('text and its bytes are one key, as for the server', () => {
    const missed = new MissedKeys();
    missed.add('user:42');
    assert.equal(missed.add(Buffer.from('user:42')), true);
    missed.add(42);
    assert.equal(missed.add('42'), true);
  });

  it('long keys differ by their beginning, their end and their length', () => {
    const missed = new MissedKeys();
    const middle = 'x'.repeat(1_000_000);
    for (const key of [`a${middle}`, `b${middle}`, `${middle}a`, `${middle}b`, middle, `${middle}x`]) {
      assert.equal(missed.add(key), false, `${key.slice(0, 1)}…${key.slice(-1)}`);
    }
  });

  it('remembers most of a thousand keys, and never takes one key for another more than a few times', () => {
    const missed = new MissedKeys();
    const keys = Array.from({ length: 1000 }, (_, index) => `user:${index}:profile`);
    assert.ok(keys.filter((key) => missed.add(key)).length === 0);
    assert.ok(keys.filter((key) => missed.add(key)).length > 700);
  });

  it('keys differ by what their pattern has in common with others too, and by what it has not', () => {
    const part = fc.string({ maxLength: 60 });
    fc.assert(
      fc.property(part, part, part, part, (start, end, one, other) => {
        const missed = new MissedKeys();
        const pattern = `${start}*${end}`;
        const common = commonOf(pattern);
        assert.equal(missed.add(start + one + end, common), false);
        assert.equal(missed.add(start + one + end, common), true);
        assert.equal(missed.add(start + other + end, common), one === other);
        assert.equal(missed.add(start + one + end, commonOf(`x${pattern}`)), false);
      }),
    );
  });

  it('a key is written whichever pattern it was missed under, where these have no hashes of their own', () => {
    const cache = new Cache('products', resolveSettings({}, {}));
    cache.countMiss(cache.plain, 'settings');
    const row = cache.rowOf('settings');
    assert.equal(row.misses, 0);
    cache.countWrite(row, 'settings', 60);
    assert.equal(cache.countMiss(row, 'settings'), false);
  });
});
