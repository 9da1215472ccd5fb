import assert from 'node:assert/strict';
import { epochMillis, now } from '../../src/telemetry/clock';

describe('clock', () => {
  const wallClock = Date.now;
  afterEach(() => {
    set(0);
    epochMillis(now());
  });

  /** The wall clock is set, by this many milliseconds, and time enough passes for it to be looked at again. */
  function set(by: number): void {
    Date.now = by === 0 ? wallClock : () => wallClock() + by;
    pass(1.1);
  }

  function pass(milliseconds: number): void {
    const start = now();
    while (now() < start + milliseconds);
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

  it('looks at the wall clock at most once a millisecond', () => {
    let looks = 0;
    Date.now = () => {
      looks++;
      return wallClock();
    };
    const start = now();
    for (let i = 0; i < 1000; i++) epochMillis(now());
    assert.ok(looks <= now() - start + 1, `${looks} looks`);
  });

  /** How far the epoch is from the monotonic clock's begin, by a time that is so many milliseconds old. */
  function distance(age: number): number {
    pass(1.1);
    const time = now();
    pass(age);
    return epochMillis(time) - time;
  }

  it('never steps for what the wall clock is behind by its own resolution', () => {
    const before = distance(0);
    set(-1);
    assert.ok(Math.abs(distance(0) - before) < 0.001);
  });

  it('takes a thread that was put aside for no wall clock that was set', () => {
    const before = distance(0);
    assert.ok(Math.abs(distance(5) - before) < 0.001);
  });

  it('the distance of two times stays what it was on the monotonic clock', () => {
    epochMillis(now());
    const start = now();
    const startTime = epochMillis(start);
    pass(5);
    const end = now();
    assert.ok(Math.abs(epochMillis(end) - startTime - (end - start)) < 0.001);
  });
});
