import assert from 'node:assert/strict';
import { epochMillis, now } from '../../src/telemetry/clock';

describe('clock', () => {
  const wallClock = Date.now;
  afterEach(() => {
    Date.now = wallClock;
    epochMillis(now());
  });

  /** The wall clock is set, by this many milliseconds. */
  function set(by: number): void {
    Date.now = () => wallClock() + by;
  }

  function assertAgrees(): void {
    const off = epochMillis(now()) - Date.now();
    assert.ok(off > -2.5 && off < 3.5, `${off} ms off`);
  }

  it('tells the wall-clock time with a fraction of a millisecond', () => {
    assertAgrees();
    const fractions = Array.from({ length: 20 }, () => epochMillis(now()) % 1);
    assert.ok(new Set(fractions).size > 1);
  });

  for (const by of [5, 3_600_000, -3_600_000, -40 * 365 * 24 * 3_600_000]) {
    it(`follows a wall clock that was set by ${by} ms, and back`, () => {
      set(by);
      assertAgrees();
      set(0);
      assertAgrees();
    });
  }

  it('goes on when the application fakes its clocks', () => {
    const before = now();
    performance.now = () => NaN;
    try {
      assert.ok(now() >= before);
    } finally {
      Reflect.deleteProperty(performance, 'now');
    }
    Date.now = () => Infinity;
    epochMillis(now());
    set(0);
    assertAgrees();
  });

  it('never steps for what the wall clock is behind by its own resolution', () => {
    epochMillis(now());
    const time = now();
    set(0);
    const before = epochMillis(time);
    set(-1);
    assert.equal(epochMillis(time), before);
  });

  it('takes a thread that was put aside for no wall clock that was set', () => {
    epochMillis(now());
    const time = now();
    const before = epochMillis(time);
    while (now() < time + 5);
    assert.equal(epochMillis(time), before);
  });

  it('the distance of two times stays what it was on the monotonic clock', () => {
    epochMillis(now());
    const start = now();
    const startTime = epochMillis(start);
    while (now() < start + 5);
    const end = now();
    assert.ok(Math.abs(epochMillis(end) - startTime - (end - start)) < 0.001);
  });
});
