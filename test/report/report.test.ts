import assert from 'node:assert/strict';
import { cacheReport, type CacheReport, type PatternSummary } from '../../src';
import { collectReport } from '../../src/report/collect';
import { moment } from '../../src/report/figures';
import { reportText } from '../../src/report/text';
import {
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_NAME,
  ATTR_CACHE_OPERATION,
  ATTR_ERROR_TYPE,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_CACHE_REPEATED_MISSES,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_CACHE_WRITES_WITHOUT_TTL,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../src/semconv';
import { InProcessCache } from '../../src/telemetry/in-process/in-process-cache';
import { clientOf, run, startTelemetry } from '../telemetry/calls';
import type { HistogramData, MetricData } from '../support/telemetry-data';
import { madeUpReport } from './made-up';
import { atOnce, type Service, times, useReports } from './workload';

/** Something of everything. */
async function mixed({ redis, request }: Service): Promise<void> {
  await times(40, (index) => redis.set(`user:${index}`, 'x'.repeat(10 * index), 'EX', 60 + index));
  await times(10, (index) => redis.set(`cart:${index}`, 'x'));
  await request(() => times(50, (index) => redis.get(`user:${index}`)));
  await atOnce(12, () => redis.get('page:1'));
  await redis.mget('user:1', 'cart:1', 'page:2');
  const pipeline = redis.pipeline();
  for (let index = 0; index < 5; index++) pipeline.get(`user:${index}`).hgetall('cart:1');
  await pipeline.exec();
  await redis.del('user:1', 'user:2');
  await redis.hset('hash:1', { a: 'b' });
  await assert.rejects(redis.get('hash:1'));
}

describe('the cache report and the metrics', () => {
  const reports = useReports();

  it('have the same figures', async () => {
    let points: readonly MetricData[] = [];
    const report = await reports.of(async (service) => {
      await mixed(service);
      points = await reports.sdk.collectMetrics();
    });
    const [cache] = report.caches;
    const values = (name: string, key: string) =>
      Object.fromEntries(
        points
          .filter((point) => point.name === name && point.attributes[ATTR_CACHE_NAME] === 'shop')
          .map(({ attributes, value, histogram }) => [attributes[key], value ?? histogram]),
      );
    const ofPatterns = (value: (pattern: PatternSummary) => number, shown: (pattern: PatternSummary) => boolean) =>
      Object.fromEntries(cache!.patterns.filter(shown).map((pattern) => [pattern.pattern, value(pattern)]));
    const lookedUp = ({ lookups }: PatternSummary) => lookups > 0;
    const byPattern = ATTR_CACHE_KEY_PATTERN;
    assert.deepEqual(
      values(METRIC_CACHE_HITS, byPattern),
      ofPatterns(({ hits }) => hits, lookedUp),
    );
    assert.deepEqual(
      values(METRIC_CACHE_MISSES, byPattern),
      ofPatterns(({ misses }) => misses, lookedUp),
    );
    assert.deepEqual(
      values(METRIC_CACHE_REPEATED_MISSES, byPattern),
      ofPatterns(
        ({ repeatedMisses }) => repeatedMisses,
        ({ misses }) => misses > 0,
      ),
    );
    assert.deepEqual(
      values(METRIC_CACHE_WRITES_WITHOUT_TTL, byPattern),
      ofPatterns(
        ({ writesWithoutTtl }) => writesWithoutTtl,
        ({ writesWithoutTtl }) => writesWithoutTtl > 0,
      ),
    );
    assert.deepEqual(
      values(METRIC_CACHE_OPERATIONS, ATTR_CACHE_OPERATION),
      Object.fromEntries(cache!.operations.map(({ operation, count }) => [operation, count])),
    );
    const sizes = values(METRIC_CACHE_VALUE_SIZE, ATTR_CACHE_OPERATION);
    assert.deepEqual(
      Object.entries(sizes).map(([operation, size]) => {
        const { count, sum, min, max } = size as HistogramData;
        return { operation, count, sum, min, max };
      }),
      cache!.operations.flatMap(({ operation, valueSize }) => (valueSize ? [{ operation, ...valueSize }] : [])),
    );
    const durations = points.filter(({ name }) => name === METRIC_DB_CLIENT_OPERATION_DURATION);
    const bySeries = (rows: [attributes: object, count: number, sum: number | undefined][]) =>
      new Map(rows.map(([attributes, ...figures]) => [JSON.stringify(Object.entries(attributes).sort()), figures]));
    assert.deepEqual(
      bySeries(durations.map(({ attributes, histogram }) => [attributes, histogram!.count, histogram!.sum])),
      bySeries(report.durations.map(({ attributes, count, sum }) => [attributes, count, sum])),
    );
    const failed = durations.filter(({ attributes }) => ATTR_ERROR_TYPE in attributes);
    assert.equal(failed.length, 2, 'the GET that failed, and the pipeline with members that did');
  });
});

describe('the cache report', () => {
  const reports = useReports();

  const patternOf = (report: CacheReport, name: string): PatternSummary =>
    report.caches[0]!.patterns.find(({ pattern }) => pattern === name)!;

  it('tells what happened to each pattern', async () => {
    const report = await reports.of(mixed);
    const user = patternOf(report, 'user:*');
    const { lookups, hits, misses, writes, deletes, writesWithoutTtl, errors, operations } = user;
    assert.deepEqual(
      { lookups, hits, misses, writes, deletes, writesWithoutTtl, errors, operations },
      // 40 SET, 50 GET, 5 GET of the pipeline, DEL; what MGET asks for counts by key.
      { lookups: 56, hits: 46, misses: 10, writes: 40, deletes: 2, writesWithoutTtl: 0, errors: 0, operations: 96 },
    );
    assert.equal(user.hitRate, 46 / 56);
    assert.equal(user.latency!.count, 91);
    assert.ok(
      user.latency!.p50 > 0 && user.latency!.p50 <= user.latency!.p99 && user.latency!.p99 <= user.latency!.max,
    );
    assert.equal(user.valueSize!.max, 390);
    assert.deepEqual([user.ttl!.count, user.ttl!.min, user.ttl!.max], [40, 60, 99]);
    assert.deepEqual(user.singleLookups, { parents: 1, parentsWithMany: 1, lookupsOfMany: 50, most: 50 });
    const slots = user.timeline;
    assert.equal(
      slots.reduce((sum, slot) => sum + slot.hits + slot.misses, 0),
      56,
    );
    const page = patternOf(report, 'page:*');
    assert.deepEqual([page.largestHerd, page.herds, page.herdMisses, page.repeatedMisses], [12, 1, 12, 11]);
    assert.equal(patternOf(report, 'cart:*').writesWithoutTtl, 10);
    assert.equal(patternOf(report, 'cart:*').errors, 5);
    assert.equal(patternOf(report, 'hash:*').errors, 1);
    assert.deepEqual(report.caches[0]!.systems, ['redis']);
  });

  it('tells of what was counted before it was asked for the first time, and the rest from then on', async () => {
    const telemetry = startTelemetry();
    const client = clientOf(telemetry);
    run(telemetry, client, 'get', ['user:1'], null);
    const [before] = collectReport(telemetry).caches[0]!.patterns;
    assert.deepEqual([before!.lookups, before!.latency, before!.operations], [1, undefined, 0]);
    run(telemetry, client, 'get', ['user:1'], 'x');
    const [after] = collectReport(telemetry).caches[0]!.patterns;
    assert.deepEqual([after!.lookups, after!.latency!.count, after!.operations], [2, 1, 1]);
    telemetry.stop();
  });

  it('finds only what it knows where it was asked for late, and tells the rest by what came after', () => {
    const telemetry = startTelemetry();
    const client = clientOf(telemetry);
    const load = (index: number) => {
      run(telemetry, client, 'get', [`user:${index}`], null);
      run(telemetry, client, 'set', [`user:${index}`, 'x', ...(index < 30 ? [] : ['EX', 60])], 'OK');
    };
    for (let index = 0; index < 150; index++) load(index);
    const figures = () => collectReport(telemetry).findings.map(({ figure }) => figure);
    assert.deepEqual(figures(), ['0 % of 150 lookups hit.']);
    // Of the 30 writes without TTL it is not known how many others there were.
    for (let index = 150; index < 350; index++) load(index);
    assert.deepEqual(figures(), ['0 % of 350 lookups hit; most keys are asked for once.']);
    telemetry.stop();
  });

  it('says of a cache in this process, where only hits and misses are counted, nothing that it does not know', () => {
    const telemetry = startTelemetry({ report: 'stderr' });
    const cache = new InProcessCache('products.js:12', () => undefined);
    cache.bind(telemetry.statistics);
    for (let index = 0; index < 200; index++) cache.lookedUp(false);
    const { findings } = collectReport(telemetry);
    telemetry.stop();
    assert.deepEqual(
      findings.map(({ figure, why }) => [figure, why]),
      [['0 % of 200 lookups hit.', 'Each miss costs the work that the cache was meant to save.']],
    );
  });

  it('records nothing of it unless a report is wanted', () => {
    const telemetry = startTelemetry();
    run(telemetry, clientOf(telemetry), 'get', ['user:1'], null);
    assert.ok([...telemetry.statistics.caches()].every((cache) => cache.detail === undefined));
    telemetry.stop();
    for (const config of [{ report: 'stderr' }, { reportSignal: 'SIGUSR2' }]) {
      const wanted = startTelemetry(config);
      run(wanted, clientOf(wanted), 'get', ['user:1'], null);
      assert.ok([...wanted.statistics.caches()].every((cache) => cache.detail !== undefined));
      wanted.stop();
    }
  });

  it('copes with caches above the network, levels, and keys that are not recorded', () => {
    const telemetry = startTelemetry({ keys: 'none' });
    run(telemetry, clientOf(telemetry), 'get', ['user:1'], null);
    const inProcess = telemetry.statistics.cache('lru');
    inProcess.countRow('get', undefined).count += 3;
    inProcess.rowOf('a').misses++;
    inProcess.atLevel(inProcess.rowOf('a'), 'memory').hits += 2;
    const report = collectReport(telemetry);
    telemetry.stop();
    const lru = report.caches.find(({ name }) => name === 'lru')!;
    assert.deepEqual([lru.systems, lru.hits, lru.misses, lru.latency], [[], 2, 1, undefined]);
    assert.deepEqual(lru.patterns[0]!.hitsByLevel, { memory: 2 });
    assert.match(reportText(report), /^lru: 3 lookups, 67 % hit$/m);
    assert.match(reportText(report), /^ {2}\(all keys\) +3 +67 %/m);
  });

  it('puts the worst first', () => {
    const { caches } = madeUpReport(3, 20);
    for (const { patterns } of caches) {
      const misses = patterns.map((pattern) => pattern.misses);
      assert.deepEqual(
        misses,
        [...misses].sort((one, other) => other - one),
      );
    }
  });

  it('as JSON has no functions and nothing that JSON cannot say', () => {
    const report = cacheReport();
    assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(report)) as object).includes('toText'), false);
    const made = madeUpReport(2, 10);
    assert.deepEqual(JSON.parse(JSON.stringify(made)), JSON.parse(JSON.stringify(structuredClone(made))));
    assert.doesNotMatch(JSON.stringify(made), /null.*"max"/);
  });

  it('tells times since the start apart', () => {
    assert.deepEqual([0, 0.25, 59, 80, 100, 3599.7, 3661, 90_061].map(moment), [
      '0 s',
      '0.25 s',
      '59 s',
      '1 min 20 s',
      '1 min 40 s',
      '1 h',
      '1 h 1 min',
      '1 d 1 h',
    ]);
  });

  describe('as text', () => {
    function checkShape(text: string): void {
      for (const line of text.split('\n')) {
        assert.ok([...line].length <= 100, `${line.length}: ${line}`);
        assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
      }
    }

    it('fits 100 columns, without colour', async () => {
      const { toText } = await reports.of(mixed);
      const text = toText();
      checkShape(text);
      assert.match(text, /^Cache report: this process \(pid \d+\), .* operations$/m);
      assert.match(text, /^ {2}1\. Thundering herd: page:\* in shop$/m);
      assert.match(text, /^shop \(redis\): \d+ lookups, \d+ % hit; p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms$/m);
      assert.match(text, /^ {2}user:\* +56 +82 % /m);
      assert.match(text, /^again: misses .*; p50, p95, p99 in ms; size and TTL are medians$/m);
    });

    it('keeps the figures of a cache with a long name, and both names of a finding', () => {
      const telemetry = startTelemetry({ report: 'stderr' });
      const client = clientOf(telemetry, { endpoint: { address: `${'long.'.repeat(30)}test`, port: 6379 } });
      for (let key = 0; key < 120; key++) run(telemetry, client, 'get', [`${'area:'.repeat(20)}${key}`], null);
      const text = reportText(collectReport(telemetry));
      telemetry.stop();
      checkShape(text);
      assert.match(text, /^long\.\S+…\S+test:6379 \(redis\): 120 lookups, 0 % hit; p50 /m);
      assert.match(text, /^ {2}1\. Low hit rate: area:\S+…\S+area:\* in long\.\S+…\S+test:6379$/m);
    });

    it('says so where there is nothing to tell', () => {
      const text = reportText(madeUpReport(0, 0));
      checkShape(text);
      assert.match(text, /^No findings\.$/m);
    });

    it('fits with 200 patterns in each of 5 caches, long names, and names that would control a terminal', () => {
      const text = reportText(madeUpReport(5, 200));
      checkShape(text);
      assert.match(text, /… and 1\d\d more patterns/);
      const long = reportText(
        madeUpReport(2, 30, (_, pattern) => `${'very-long-name'.repeat(9)}:${'abc'.repeat(pattern)}`),
      );
      checkShape(long);
      assert.match(long, /very-\S*…\S+/);
      const full = 'tenant:configuration:tenant:configuration:*';
      const between = reportText(madeUpReport(1, 2, (_, pattern) => `${full}:${pattern}`));
      checkShape(between);
      assert.match(between, /^ {2}tenant:configuration:tenant:configuration:\*:1:\*\n {10,}2 +50 % /m);
      const hostile = ['\u001b[31mred', 'line\r\nbreak', '\u202Ereversed', '\u0007bell', '\u2066isolated'];
      checkShape(reportText(madeUpReport(1, hostile.length, (_, pattern) => `${hostile[pattern]}`)));
    });
  });
});
