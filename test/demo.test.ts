import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ROOT, runFixture, startFixture, type FixtureResult } from './support/fixture';
import { startRedis } from './support/redis-server';

const DEMO = join(ROOT, 'examples/demo/run.js');
const WIDTH = 100;

describe('the demo', function () {
  this.timeout(60_000);
  let result: FixtureResult;
  let lines: string[];

  before(async () => {
    result = await runFixture(DEMO, { env: { REDIS_URL: process.env['REDIS_URL'] ?? '' }, timeoutMs: 40_000 });
    lines = result.stdout.split('\n');
  });

  /** The lines below a heading. */
  function section(heading: RegExp): string[] {
    const start = lines.findIndex((line) => heading.test(line));
    assert.notEqual(start, -1, `no heading ${heading} in\n${result.stdout}`);
    const end = lines.indexOf('', start);
    return lines.slice(start + 1, end);
  }

  it('ends by itself within 30 seconds, with code 0 and nothing on stderr', () => {
    assert.deepEqual({ code: result.code, stderr: result.stderr }, { code: 0, stderr: '' });
    assert.ok(result.durationMs < 30_000, `${result.durationMs} ms`);
  });

  it('fits its width and has no colours where there is no terminal', () => {
    assert.deepEqual(
      lines.filter((line) => line.length > WIDTH),
      [],
    );
    assert.doesNotMatch(result.stdout, /\u001b/);
  });

  it('shows the trace of a miss: the lookups, the query behind the miss, and the set', () => {
    const [, ...tree] = section(/^A trace: a product that is not in the cache/);
    const expected = [
      /^ {2}GET \/products\/17 +server +200 +0\.00 ms +[\d.]+ ms$/,
      /^ {2}├─ GETEX .*session:\* +client +HIT +[\d.]+ ms +[\d.]+ ms +\d+ B +1800 s$/,
      /^ {2}├─ GET .*product:\* +client +MISS +[\d.]+ ms +[\d.]+ ms$/,
      /^ {2}├─ GET database \/products\/17 +client +200 +[\d.]+ ms +[\d.]+ ms$/,
      /^ {2}└─ SET .*product:\* +client +[\d.]+ ms +[\d.]+ ms +[\d,]+ B +300 s$/,
    ];
    assert.equal(tree.length, expected.length, tree.join('\n'));
    expected.forEach((pattern, index) => assert.match(tree[index]!, pattern));
  });

  it('shows the trace of a hit, which asks no database', () => {
    const tree = section(/^The same product once more/).join('\n');
    assert.match(tree, /└─ GET .*product:\* +client +HIT +[\d.]+ ms +[\d.]+ ms +1,158 B/);
    assert.doesNotMatch(tree, /database|MISS/);
  });

  it('shows a lookup of several keys, and a pipeline as one span', () => {
    const tree = section(/^A list of products/).join('\n');
    assert.match(tree, /├─ MGET .*product:\* +client +2\/6 HIT /);
    assert.match(tree, /└─ PIPELINE SET .*product:\* +client .* B$/m);
  });

  it('shows the hit rate per key pattern, repeated misses and writes without TTL', () => {
    const rows = section(/^Metrics: lookups per key pattern/);
    const row = (pattern: string): string[] => {
      const found = rows.map((line) => line.trim().split(/ {2,}/)).find(([name]) => name!.endsWith(pattern));
      assert.ok(found, `no row for ${pattern}`);
      return found;
    };
    for (const pattern of ['session:*', 'product:*', 'user:*:cart', 'search:*']) {
      const [, lookups, hits, misses, rate] = row(pattern);
      assert.equal(Number(lookups), Number(hits) + Number(misses), pattern);
      assert.equal(rate, `${((100 * Number(hits)) / Number(lookups)).toFixed(1)} %`, pattern);
    }
    // What the requests do in the same way each time.
    assert.deepEqual(row('user:*:cart').slice(1), ['36', '30', '6', '83.3 %', '-', '6']);
    assert.equal(row('session:*')[4], '100.0 %');
    assert.ok(Number(row('product:*')[5]) >= 11, 'a product that does not exist was asked for twelve times');
    assert.match(rows.join('\n'), /cache\.hit_rate of product-cache: \d+\.\d %/);
  });

  it('shows durations per operation and sizes per cache operation', () => {
    assert.match(
      section(/^Metrics: durations/).join('\n'),
      /^ {2}GET +\d+ +[\d.]+ ms +≤ \d+ ms +≤ \d+ ms +[\d.]+ ms$/m,
    );
    assert.match(section(/^Metrics: operations/).join('\n'), /^ {2}get +\d+ +\d+ +[\d,]+ B +≤ [\d,]+ B +[\d,]+ B$/m);
  });

  it('says where to go next', () => {
    const next = section(/^Where to go next/).join('\n');
    assert.match(next, /node --require opentelemetry-instrumentation-cache\/register app\.js/);
    assert.match(next, /README\.md/);
  });

  it('uses the server of REDIS_URL, and leaves nothing of its own there', async () => {
    const redis = await startRedis({});
    try {
      await redis.call('SET', 'product:17', 'not ours');
      const given = await runFixture(DEMO, { env: { REDIS_URL: redis.url }, timeoutMs: 40_000 });
      assert.equal(given.code, 0, given.stderr);
      assert.match(given.stdout, /the Redis server of REDIS_URL/);
      assert.match(given.stdout, /GET cache-demo:product:\* +client +MISS/);
      assert.deepEqual(await redis.call('KEYS', '*'), ['product:17']);
    } finally {
      await redis.stop();
    }
  });

  it('fails with one line when the server of REDIS_URL does not answer', async () => {
    const { code, stderr } = await runFixture(DEMO, { env: { REDIS_URL: 'redis://127.0.0.1:1' } });
    assert.equal(code, 1);
    assert.match(stderr, /^demo: the server of REDIS_URL does not answer: .*ECONNREFUSED.*\n$/);
  });

  it('takes its children with it when it is interrupted', async () => {
    const redis = await startRedis({});
    try {
      const demo = startFixture(DEMO, { env: { REDIS_URL: redis.url } });
      // The service is a client of the server: it is there, and then it is gone.
      const clients = async (): Promise<number> =>
        String(await redis.call('CLIENT', 'LIST')).match(/name=product-cache/g)?.length ?? 0;
      while ((await clients()) === 0 && demo.child.exitCode === null) await new Promise(setImmediate);
      demo.child.kill('SIGINT');
      assert.equal((await demo.done).code, 130);
      while ((await clients()) > 0) await new Promise(setImmediate);
    } finally {
      await redis.stop();
    }
  });
});
