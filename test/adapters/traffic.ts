import assert from 'node:assert/strict';
import { until } from '../support/children';
import type { SpanData } from '../support/telemetry-data';
import type { Observer } from './observe';

/** What the callers of a client saw while the servers changed. */
export interface Traffic {
  readonly calls: number;
  readonly failed: number;
  /** Operations that the metrics told of before the first call. */
  readonly countedBefore: number;
}

/** Calls a client over and over, several callers at a time, while `disturb` runs and until then 50 calls more have succeeded. */
export async function traffic(
  observer: Observer,
  call: (index: number) => Promise<unknown>,
  disturb: () => Promise<unknown>,
): Promise<Traffic> {
  observer.sdk.reset();
  const countedBefore = await counted(observer);
  let calls = 0;
  let failed = 0;
  let succeeded = 0;
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      await call(calls++).then(
        () => succeeded++,
        () => failed++,
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const callers = observer.traced(() => Promise.all([caller(), caller(), caller()]));
  try {
    await until(() => succeeded > 20, 'the traffic flows');
    await disturb();
    const before = succeeded;
    await until(() => succeeded > before + 50, 'the traffic flows again', 30_000);
  } finally {
    isOver = true;
    await callers;
  }
  return { calls, failed, countedBefore };
}

/** Each call is one span and one operation, which failed where the call did. */
export async function assertSeen(observer: Observer, seen: Traffic): Promise<SpanData[]> {
  const spans = [...observer.spans()];
  assert.equal(spans.length, seen.calls);
  assert.equal(spans.filter(({ status }) => status.code === 'ERROR').length, seen.failed);
  assert.deepEqual((await counted(observer)) - seen.countedBefore, seen.calls);
  return spans;
}

/** How many operations the metrics tell of. */
async function counted(observer: Observer): Promise<number> {
  const points = await observer.points('db.client.operation.duration');
  return points.reduce((sum, { histogram }) => sum + histogram!.count, 0);
}
