import type { FixtureOptions, FixtureResult } from '../support/fixture';
import { runFixture, startFixture } from '../support/fixture';
import { startOtlpReceiver, type Received } from '../support/otlp-receiver';
import type { MetricData, SpanData } from '../support/telemetry-data';
import { SCOPE_NAME } from '../../src/semconv';

/** Exports only when the program ends: what arrives was flushed. */
const ONLY_AT_THE_END = {
  OTEL_BSP_SCHEDULE_DELAY: '60000',
  OTEL_METRIC_EXPORT_INTERVAL: '60000',
  OTEL_METRIC_EXPORT_TIMEOUT: '5000',
};

/** Many of them run at once, and the machine may have other work too. */
export const PATIENCE_MS = 45_000;

/** How a program ended, and what it exported until then. */
export interface Observed extends FixtureResult {
  readonly received: Received;
  /** The names of our spans. */
  readonly ours: readonly string[];
}

/** Runs a program of `test/fixtures` under our preload to its end, with a receiver of its own. */
export function observe(file: string, options: FixtureOptions = {}): Promise<Observed> {
  return observeAsGiven(file, { preload: 'require', ...options });
}

/** The same with no other preload than the options name. */
export function observeAsGiven(file: string, options: FixtureOptions): Promise<Observed> {
  return withReceiver(options, (given) => runFixture(file, given));
}

/** Starts a program, sends it a signal when it has printed `ready`, and waits for its end. */
export function observeSignal(file: string, signal: NodeJS.Signals, options: FixtureOptions = {}): Promise<Observed> {
  return withReceiver({ preload: 'require', ...options }, async (given) => {
    const running = startFixture(file, given);
    await running.printed(/^ready$/m);
    running.child.kill(signal);
    return running.done;
  });
}

async function withReceiver(
  options: FixtureOptions,
  run: (options: FixtureOptions) => Promise<FixtureResult>,
): Promise<Observed> {
  const receiver = await startOtlpReceiver();
  try {
    const env = { ...receiver.env(), ...ONLY_AT_THE_END, ...options.env };
    const result = await run({ timeoutMs: PATIENCE_MS, ...options, env });
    return { ...result, received: receiver, ours: ourSpans(receiver).map(({ name }) => name) };
  } finally {
    await receiver.close();
  }
}

export function ourSpans(received: Received): SpanData[] {
  return received.spans().filter(({ scope }) => scope.name === SCOPE_NAME);
}

/** The sum of a metric's counts over all its series. */
export function total(received: Received, name: string): number {
  return received
    .metrics()
    .filter((metric) => metric.name === name)
    .reduce((sum, metric) => sum + count(metric), 0);
}

function count({ value, histogram }: MetricData): number {
  return value ?? histogram!.count;
}

/** Runs tasks, a few at a time: each is a process of its own. Where one fails no other is begun, and none goes on. */
export async function runAll<K extends string, T>(tasks: Readonly<Record<K, () => Promise<T>>>): Promise<Record<K, T>> {
  const results: Partial<Record<K, T>> = {};
  const waiting = Object.entries(tasks) as [K, () => Promise<T>][];
  const work = async (): Promise<void> => {
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await next[1]();
    } catch (error) {
      waiting.length = 0;
      throw error;
    }
  };
  for (const end of await Promise.allSettled([work(), work(), work(), work()])) {
    if (end.status === 'rejected') throw end.reason;
  }
  return results as Record<K, T>;
}
