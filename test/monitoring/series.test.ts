import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  appLevelSeries,
  inProcessSeries,
  PER_APP_CACHE,
  PER_APP_OPERATION,
  PER_COMMAND,
  PER_DURATION,
  PER_IN_PROCESS_CACHE,
  PER_LEVEL,
  PER_PATTERN,
  PER_POOL,
  PER_REMOTE_CACHE,
  PER_SIZE,
  remoteSeries,
} from '../../monitoring/series';
import { resolveSettings } from '../../src/config';
import { runAll } from '../preload/observed';
import { end, until } from '../support/children';
import { ROOT, startFixture } from '../support/fixture';
import { freePort, LOOPBACK } from '../support/redis-server';
import { startRedis } from '../support/servers';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const IMMORTAL = 2;
const PROCESSES = 600;

/** Caches of a process, as the program takes them and as the README calls them. */
interface Caches {
  readonly kind: 'remote' | 'loading' | 'levels' | 'in-process';
  readonly called: string;
  readonly caches: number;
  readonly patterns: number;
  /** How many series they ought to have. */
  readonly expected: number;
}

function remote(caches: number, patterns: number): Caches {
  const most = resolveSettings({}, {}).maxKeyPatterns;
  // What is beyond the limit is one more.
  const seen = patterns > most ? most + 1 : patterns;
  const shape = { caches, patterns: seen, immortal: IMMORTAL, operations: 3, sized: 2 };
  return { kind: 'remote', called: 'remote', caches, patterns, expected: remoteSeries(shape) };
}

function appLevel(kind: 'loading' | 'levels', caches: number, patterns: number): Caches {
  // Values that are kept as they are, and not as bytes, have no size.
  const shape = { caches, patterns, immortal: IMMORTAL, operations: 2, sized: 0 };
  const levels = kind === 'levels' ? 2 : 0;
  const called = kind === 'levels' ? 'app-level, two levels' : 'app-level';
  return { kind, called, caches, patterns, expected: appLevelSeries(shape, levels) };
}

function inProcess(caches: number): Caches {
  const expected = inProcessSeries({ caches, operations: 3 }, 3);
  return { kind: 'in-process', called: 'in the process', caches, patterns: 0, expected };
}

const PROCESSES_WITH: readonly Caches[] = [
  remote(1, 10),
  remote(3, 20),
  remote(3, 200),
  remote(3, 1000),
  appLevel('loading', 3, 20),
  appLevel('levels', 3, 20),
  inProcess(3),
];

const nameOf = ({ called, caches, patterns }: Caches): string => `${caches} × ${patterns} ${called}`;

describe('the number of series', function () {
  this.timeout(120_000);
  let measured: Record<string, number>;

  before(async () => {
    measured = await runAll(Object.fromEntries(PROCESSES_WITH.map((one) => [nameOf(one), () => measure(one)])));
  });

  /** How many series a real exporter has of a process that does this. */
  async function measure({ kind, caches, patterns }: Caches): Promise<number> {
    const [redis, port] = await Promise.all([startRedis({}), freePort()]);
    const known = Array.from({ length: patterns }, (_, index) => `kind${index}:*`);
    const service = startFixture('many-series.js', {
      preload: 'require',
      args: [kind, ...[caches, patterns, IMMORTAL].map(String)],
      env: {
        REDIS_URL: redis.url,
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_EXPORTER_PROMETHEUS_HOST: LOOPBACK,
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        OTEL_INSTRUMENTATION_CACHE_KEY_PATTERNS: known.join(','),
      },
      timeoutMs: 100_000,
    });
    try {
      await service.printed(/filled/);
      const scrape = async (): Promise<number> => {
        const page = await (await fetch(`http://${LOOPBACK}:${port}/metrics`)).text();
        return page.split('\n').filter((line) => /^(cache|db)_/.test(line)).length;
      };
      // The preload starts the SDK a second after the first operation. The first answer counts: there is a hit rate only
      // where there were lookups since the last one.
      return await until(scrape, 'the exporter has metrics', 30_000);
    } finally {
      await end(service.child);
      await redis.stop();
    }
  }

  for (const shape of PROCESSES_WITH) {
    const { called, caches, patterns, expected } = shape;
    it(`is as the formula and the README have it: ${nameOf(shape)}`, () => {
      const series = measured[nameOf(shape)]!;
      assert.equal(series, expected);
      const counts = [caches, patterns, series, series * PROCESSES].map((count) => count.toLocaleString('en'));
      const cells = [called, ...counts.map((count) => (count === '0' ? '-' : count))];
      assert.match(README, new RegExp(`^\\| *${cells.join(' *\\| *')} *\\|$`, 'm'));
    });
  }

  it('has formulas in the README with the same factors', () => {
    const text = README.replaceAll(/\s+/g, ' ');
    for (const part of [
      `caches × (${PER_PATTERN} × patterns + patterns without TTL ` +
        `+ ${PER_COMMAND} × commands + ${PER_SIZE} × commands that move values + ${PER_REMOTE_CACHE})`,
      `caches × ((${PER_PATTERN} + ${PER_LEVEL} × levels) × patterns + patterns without TTL ` +
        `+ ${PER_APP_OPERATION} × operations + ${PER_SIZE} × operations on bytes + ${PER_APP_CACHE})`,
      `caches × (operations + reasons of evictions + ${PER_IN_PROCESS_CACHE})`,
      `errors (${PER_DURATION} for each command and kind of error) and pools (${PER_POOL} for each)`,
    ]) {
      assert.ok(text.includes(part), part);
    }
  });
});
