import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { TROUBLES } from '../src/report/troubles';
import { until } from './support/children';
import { ROOT, runFixture, startFixture, type FixtureResult } from './support/fixture';
import { startMemcached, startRedis, type MemcachedServer, type RedisServer } from './support/servers';

const DEMO = join(ROOT, 'examples/demo/run.js');
const WIDTH = 100;

/** What a server answers, until it closes the connection. */
async function asked({ host, port }: MemcachedServer, request: string): Promise<string> {
  const socket = connect(port, host).setEncoding('utf8');
  socket.write(request);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

/** A process that has ended but is not yet fetched by its parent has no command line. */
function isAlive(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
}

describe('the demo', function () {
  this.timeout(60_000);
  let result: FixtureResult;
  let lines: string[];

  before(async () => {
    result = await runFixture(DEMO, { timeoutMs: 40_000 });
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

  it('shows the trace of a miss: three caches, the queries behind the misses, and the sets', () => {
    const [, ...tree] = section(/^A trace: a product that is not in the caches/);
    const expected = [
      /^ {2}GET \/products\/17 +200 +0\.00 ms +[\d.]+ ms$/,
      /^ {2}├─ GETEX .*session:\* +sessions +HIT +[\d.]+ ms +[\d.]+ ms +\d+ B +1800 s$/,
      /^ {2}├─ GET .*product:\* +products +MISS +[\d.]+ ms +[\d.]+ ms$/,
      /^ {2}├─ GET database \/products\/17 +200 +[\d.]+ ms +[\d.]+ ms$/,
      /^ {2}├─ SET .*product:\* +products +[\d.]+ ms +[\d.]+ ms +[\d,]+ B +300 s$/,
      /^ {2}├─ GET .*stock:\* +inventory +MISS +[\d.]+ ms +[\d.]+ ms$/,
      /^ {2}├─ GET database \/stock\/17 +200 +[\d.]+ ms +[\d.]+ ms$/,
      /^ {2}└─ SET .*stock:\* +inventory +[\d.]+ ms +[\d.]+ ms +[\d,]+ B +30 s$/,
    ];
    assert.equal(tree.length, expected.length, tree.join('\n'));
    expected.forEach((pattern, index) => assert.match(tree[index]!, pattern));
  });

  it('shows the trace of hits, which ask no database', () => {
    const tree = section(/^The same product once more/).join('\n');
    assert.match(tree, /├─ GET .*product:\* +products +HIT +[\d.]+ ms +[\d.]+ ms +1,158 B/);
    assert.match(tree, /└─ GET .*stock:\* +inventory +HIT +[\d.]+ ms +[\d.]+ ms +25 B/);
    assert.doesNotMatch(tree, /database|MISS/);
  });

  it('shows a lookup of several keys, and a pipeline as one span', () => {
    const tree = section(/^A list of products/).join('\n');
    assert.match(tree, /├─ MGET .*product:\* +products +2\/6 HIT /);
    assert.match(tree, /└─ PIPELINE SET .*product:\* +products .* B$/m);
  });

  it('shows the hit rate per cache and key pattern, repeated misses and writes without TTL', () => {
    const rows = section(/^Metrics: lookups per key pattern/);
    const row = (cache: string, pattern: string): string[] => {
      const cells = rows.map((line) => line.trim().split(/ {2,}/));
      const found = cells.find(([first, second]) => first === cache && second!.endsWith(pattern));
      assert.ok(found, `no row for ${pattern} in ${cache}`);
      return found.slice(2);
    };
    const caches = {
      products: ['product:*', 'user:*:cart', 'search:*'],
      sessions: ['session:*'],
      inventory: ['stock:*'],
    };
    for (const [cache, patterns] of Object.entries(caches)) {
      for (const pattern of patterns) {
        const [lookups, hits, misses, rate] = row(cache, pattern);
        assert.equal(Number(lookups), Number(hits) + Number(misses), pattern);
        assert.equal(rate, `${((100 * Number(hits)) / Number(lookups)).toFixed(1)} %`, pattern);
      }
      assert.match(rows.join('\n'), new RegExp(`cache\\.hit_rate: .*\\b${cache} \\d+\\.\\d %`));
    }
    // What the requests do in the same way each time.
    assert.deepEqual(row('products', 'user:*:cart'), ['36', '30', '6', '83.3 %', '-', '6']);
    assert.equal(row('sessions', 'session:*')[3], '100.0 %');
    assert.equal(row('inventory', 'stock:*')[0], '40');
    assert.ok(
      Number(row('products', 'product:*')[4]) >= 11,
      'a product that does not exist was asked for twelve times',
    );
  });

  it('shows durations per system and operation, and sizes per cache and operation', () => {
    const durations = section(/^Metrics: durations/).join('\n');
    for (const system of ['redis 0 +GET', 'redis 1 +GETEX', 'memcached +GET']) {
      assert.match(durations, new RegExp(`^ {2}${system} +\\d+ +[\\d.]+ ms +≤ \\d+ ms +≤ \\d+ ms +[\\d.]+ ms$`, 'm'));
    }
    const sizes = section(/^Metrics: operations/).join('\n');
    for (const cache of ['products', 'sessions', 'inventory']) {
      assert.match(sizes, new RegExp(`^ {2}${cache} +get +\\d+ +\\d+ +[\\d,]+ B +≤ [\\d,]+ B +[\\d,]+ B$`, 'm'));
    }
  });

  it('says where to go next', () => {
    const next = section(/^Where to go next/).join('\n');
    assert.match(next, /node --require opentelemetry-instrumentation-cache\/register app\.js/);
    assert.match(next, /README\.md/);
  });

  describe('with --trouble', () => {
    let shown: FixtureResult;

    before(async () => {
      shown = await runFixture(DEMO, {
        args: ['--trouble'],
        env: { REDIS_URL: '', MEMCACHED_URL: '' },
        timeoutMs: 55_000,
      });
    });

    it('ends with code 0, fits its width, and has nothing on stderr', () => {
      assert.deepEqual({ code: shown.code, stderr: shown.stderr }, { code: 0, stderr: '' });
      assert.deepEqual(
        shown.stdout.split('\n').filter((line) => line.length > WIDTH),
        [],
      );
    });

    it('drives the service into each trouble, and the report finds it where it is', () => {
      const found = [...shown.stdout.matchAll(/^ {1,2}\d+\. (.+): (\S+|cache inventory)(?: in \w+)?$/gm)];
      const troubles = new Set(found.map(([, title, where]) => `${title}: ${where}`));
      for (const [trouble, where] of [
        ['low-hit-rate', 'search:*'],
        ['thundering-herd', 'product:*'],
        ['large-values', 'catalogue:*'],
        ['slow-cache', 'cache inventory'],
        ['no-expiry', 'user:*:cart'],
        ['many-single-lookups', 'product:*'],
        ['never-read', 'order:*'],
      ] as const) {
        assert.ok(troubles.has(`${TROUBLES[trouble].title}: ${where}`), `${trouble}: ${where} in\n${shown.stdout}`);
      }
      assert.equal(Object.keys(TROUBLES).length, 7);
    });

    it('writes the page, and says where', () => {
      const [, path] = /^ {2}(\/\S+\.html)$/m.exec(shown.stdout) ?? [];
      const page = readFileSync(path!, 'utf8');
      assert.match(page, /^<!doctype html>/);
      assert.match(page, /"pattern":"catalogue:\*"/);
    });
  });

  describe('on servers that are not its own', () => {
    let redis: RedisServer;
    let memcached: MemcachedServer;

    before(async () => {
      [redis, memcached] = await Promise.all([startRedis({}), startMemcached([])]);
    });
    after(() => Promise.all([redis.stop(), memcached.stop()]));

    it('uses REDIS_URL and MEMCACHED_URL, and leaves nothing of its own there', async () => {
      await redis.call('SET', 'product:17', 'not ours');
      const env = { REDIS_URL: redis.url, MEMCACHED_URL: memcached.location };
      const { code, stdout, stderr } = await runFixture(DEMO, { env, timeoutMs: 40_000 });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /the Redis server of REDIS_URL, the Memcached server of MEMCACHED_URL/);
      assert.match(stdout, /GET cache-demo:product:\* +products +MISS/);
      assert.match(stdout, /GET cache-demo:stock:\* +inventory +MISS/);
      assert.deepEqual(await redis.call('KEYS', '*'), ['product:17']);
      assert.equal(await redis.call('DBSIZE'), 1);
      assert.match(String(await redis.call('INFO', 'keyspace')), /^db0:keys=1,[^\n]*\s*$/m);
      assert.match(await asked(memcached, 'stats\r\nquit\r\n'), /STAT curr_items 0\r\n/);
    });

    it('takes its children with it when it is interrupted', async () => {
      const demo = startFixture(DEMO, { env: { REDIS_URL: redis.url, MEMCACHED_URL: '' } });
      // The service is a client of the server, and the last to be started: it is there, and then it is gone.
      const clients = async (): Promise<number> =>
        String(await redis.call('CLIENT', 'LIST')).match(/name=product-cache/g)?.length ?? 0;
      await until(async () => demo.child.exitCode !== null || (await clients()) > 0, 'the service is a client');
      const children = childrenOf(demo.child.pid!);
      demo.child.kill('SIGINT');
      assert.equal((await demo.done).code, 130);
      assert.equal(children.length, 3, 'memcached, the database and the service');
      await until(() => !children.some(isAlive), 'the children are gone');
      await until(async () => (await clients()) === 0, 'the service is gone');
    });
  });

  for (const variable of ['REDIS_URL', 'MEMCACHED_URL']) {
    it(`fails with one line when the server of ${variable} does not answer`, async () => {
      const { code, stderr } = await runFixture(DEMO, { env: { [variable]: 'redis://127.0.0.1:1' } });
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^demo: the server of ${variable} does not answer: .*ECONNREFUSED.*\\n$`));
    });
  }
});
