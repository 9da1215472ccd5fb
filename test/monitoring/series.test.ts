import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PER_DURATION, PER_PATTERN, PER_POOL, PER_SIZE, seriesOf } from '../../monitoring/series';
import { resolveSettings } from '../../src/config';
import { end, until } from '../support/children';
import { ROOT, startFixture } from '../support/fixture';
import { freePort, LOOPBACK } from '../support/redis-server';
import { startRedis, type RedisServer } from '../support/servers';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** A process of each shape: its caches and the patterns of each. */
const SHAPES = [
  { caches: 1, patterns: 10 },
  { caches: 3, patterns: 20 },
  { caches: 3, patterns: 200 },
  { caches: 3, patterns: 1000 },
];
const IMMORTAL = 2;
const PROCESSES = 600;

const shapeOf = ({ caches, patterns }: (typeof SHAPES)[number]) => {
  const most = resolveSettings({}, {}).maxKeyPatterns;
  // What is beyond the limit is one more.
  const seen = patterns > most ? most + 1 : patterns;
  return { caches, patterns: seen, immortal: IMMORTAL, commands: 3, sized: 2 };
};

describe('the number of series', function () {
  this.timeout(60_000);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis({});
  });
  after(() => redis.stop());

  /** How many series a real exporter has of a process that does this. */
  async function measure({ caches, patterns }: (typeof SHAPES)[number]): Promise<number> {
    const port = await freePort();
    const known = Array.from({ length: patterns }, (_, index) => `kind${index}:*`);
    const service = startFixture('many-series.js', {
      preload: 'require',
      args: [caches, patterns, IMMORTAL].map(String),
      env: {
        REDIS_URL: redis.url,
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_EXPORTER_PROMETHEUS_HOST: LOOPBACK,
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        OTEL_INSTRUMENTATION_CACHE_KEY_PATTERNS: known.join(','),
      },
      timeoutMs: 50_000,
    });
    try {
      await service.printed(/filled/);
      const scrape = async (): Promise<number> => {
        const page = await (await fetch(`http://${LOOPBACK}:${port}/metrics`)).text();
        return page.split('\n').filter((line) => /^(cache|db)_/.test(line)).length;
      };
      // The preload starts the SDK a second after the first operation. The first answer counts: there is a hit rate only
      // where there were lookups since the last one.
      return await until(scrape, 'the exporter has metrics');
    } finally {
      await end(service.child);
    }
  }

  for (const shape of SHAPES) {
    it(`is as the formula and the README have it: ${shape.caches} × ${shape.patterns}`, async () => {
      const measured = await measure(shape);
      assert.equal(measured, seriesOf(shapeOf(shape)));
      const row = [shape.caches, shape.patterns, measured, measured * PROCESSES];
      const cells = row.map((value) => value.toLocaleString('en'));
      assert.match(README, new RegExp(`^\\| *${cells.join(' *\\| *')} *\\|$`, 'm'));
    });
  }

  it('has a formula in the README with the same factors', () => {
    const perCommand = 1 + PER_DURATION;
    const formula =
      `caches × (${PER_PATTERN} × patterns + patterns without TTL ` +
      `+ ${perCommand} × commands + ${PER_SIZE} × commands that move values + ${perCommand})`;
    const text = README.replaceAll(/\s+/g, ' ');
    assert.ok(text.includes(formula), formula);
    const rest = `errors (${PER_DURATION} for each command and kind of error) and pools (${PER_POOL} for each)`;
    assert.ok(text.includes(rest), rest);
  });
});
