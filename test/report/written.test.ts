import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheReportData } from '../../src';
import { removeFolder, temporaryFolder, until } from '../support/children';
import { ROOT, runFixture, startFixture } from '../support/fixture';
import { type RedisServer, startRedis } from '../support/servers';

const ENDINGS = 'preload-endings.js';

describe('where the report goes', function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let folder: string;

  before(async () => {
    redis = await startRedis();
  });

  after(() => redis.stop());

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(() => removeFolder(folder));

  const path = (name: string) => join(folder, name);
  const readJson = (name: string) => JSON.parse(readFileSync(path(name), 'utf8')) as CacheReportData;
  const env = (report: string, more: Record<string, string> = {}) => ({
    REDIS_URL: redis.url,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_INSTRUMENTATION_CACHE_REPORT: report,
    ...more,
  });

  function checkReport({ caches }: CacheReportData): void {
    const [cache] = caches;
    assert.equal(cache!.name, `${redis.host}:${redis.port}`);
    assert.deepEqual(
      cache!.patterns.map(({ pattern, misses, latency }) => [pattern, misses, latency?.count]),
      [['session:*', 1, 1]],
    );
  }

  for (const [ending, code] of [
    ['last', 0],
    ['exit', 3],
    ['exitCode', 4],
    ['throws', 1],
    ['rejects', 1],
  ] as const) {
    it(`is written, and the code stays ${code}, where the process ends by '${ending}'`, async () => {
      const options = { preload: 'require', env: env(path('a/report.json')), args: [ending] } as const;
      const result = await runFixture(ENDINGS, options);
      assert.equal(result.code, code, result.stderr);
      checkReport(readJson('a/report.json'));
      assert.deepEqual(readdirSync(path('a')), ['report.json'], 'nothing else is left there');
    });
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`is written where ${signal} ends the process, with the SDK that the preload starts or another one`, async () => {
      for (const more of [{}, { OTEL_METRICS_EXPORTER: 'console' }]) {
        const running = startFixture(ENDINGS, { preload: 'require', env: env(path('r.json'), more), args: ['signal'] });
        await running.printed(/^ready$/m);
        running.child.kill(signal);
        assert.equal((await running.done).signal, signal);
        checkReport(readJson('r.json'));
      }
    });

    it(`is written at the end where the application handles ${signal}`, async () => {
      const args = ['handledSignal', signal];
      const running = startFixture(ENDINGS, { preload: 'require', env: env(path('r.json')), args });
      await running.printed(/^ready$/m);
      running.child.kill(signal);
      const { code, stdout } = await running.done;
      assert.deepEqual([code, stdout], [5, `ready\nhandling ${signal}\nnull\n`]);
      assert.equal(readJson('r.json').caches[0]!.misses, 2);
    });
  }

  it('is written to several places, as text, JSON and a page', async () => {
    const report = `stderr,${path('{pid}.json')},${path('r.html')}`;
    const { child, done } = startFixture(ENDINGS, { preload: 'require', env: env(report), args: ['last'] });
    const { code, stderr } = await done;
    assert.equal(code, 0);
    assert.match(stderr, /^Cache report: [^\n]*, 1 operation\n/);
    checkReport(readJson(`${child.pid}.json`));
    assert.match(readFileSync(path('r.html'), 'utf8'), /^<!doctype html>/);
  });

  it('is written on the signal of choice, as often as it comes, and the process goes on', async () => {
    const options = { preload: 'require', args: ['signal'] } as const;
    const signal = { OTEL_INSTRUMENTATION_CACHE_REPORT_SIGNAL: 'SIGUSR2' };
    const running = startFixture(ENDINGS, { ...options, env: env(path('r.json'), signal) });
    await running.printed(/^ready$/m);
    for (let round = 0; round < 2; round++) {
      writeFileSync(path('r.json'), '');
      running.child.kill('SIGUSR2');
      await until(() => readFileSync(path('r.json'), 'utf8') !== '', 'the report is there');
      checkReport(readJson('r.json'));
    }
    assert.equal(running.child.exitCode, null);
    running.child.kill('SIGTERM');
    assert.equal((await running.done).signal, 'SIGTERM');
  });

  it('goes to stderr on that signal where no other place is given, and then not at the end', async () => {
    const given = env('', { OTEL_INSTRUMENTATION_CACHE_REPORT_SIGNAL: 'SIGUSR2' });
    const running = startFixture(ENDINGS, { preload: 'require', env: given, args: ['signal'] });
    await running.printed(/^ready$/m);
    running.child.kill('SIGUSR2');
    await running.printed(/session:\* +1 +0 %/);
    running.child.kill('SIGTERM');
    assert.equal((await running.done).stderr.match(/Cache report/g)!.length, 1);
  });

  it('is not written by a process that has used no cache: it may be npm around the application', async () => {
    writeFileSync(path('plain.js'), '');
    const { code, stderr } = await runFixture(path('plain.js'), {
      preload: 'require',
      env: env(`stderr,${path('r.json')}`),
    });
    assert.deepEqual([code, stderr, existsSync(path('r.json'))], [0, '', false]);
  });

  it('is not written by npm, which uses caches of its own', async () => {
    const npm = path('npm-cli.js');
    writeFileSync(npm, readFileSync(join(ROOT, 'test/fixtures', ENDINGS)));
    symlinkSync(join(ROOT, 'node_modules'), path('node_modules'));
    const { code } = await runFixture(npm, { preload: 'require', env: env(path('r.json')), args: ['last'] });
    assert.deepEqual([code, existsSync(path('r.json'))], [0, false]);
  });

  it('is written by a process whose only caches are its own', async () => {
    writeFileSync(path('app.js'), "new (require('lru-cache').LRUCache)({ max: 2 }).get('a');");
    symlinkSync(join(ROOT, 'node_modules'), path('node_modules'));
    const { code } = await runFixture(path('app.js'), { preload: 'require', env: env(`stderr,${path('r.json')}`) });
    const { caches, operations } = readJson('r.json');
    assert.deepEqual([code, operations, caches[0]!.systems, caches[0]!.misses], [0, 1, [], 1]);
  });

  it('has the name of the service, and stays where the process was started', async () => {
    writeFileSync(path('app.js'), "process.chdir('/'); new (require('lru-cache').LRUCache)({ max: 2 }).get('a');");
    symlinkSync(join(ROOT, 'node_modules'), path('node_modules'));
    const names = [
      ['shop', { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other' }],
      ['the shop', { OTEL_RESOURCE_ATTRIBUTES: 'a=b, service.name=the%20shop ,team=x' }],
      ['50%', { OTEL_RESOURCE_ATTRIBUTES: 'service.name="50%"' }],
      [undefined, { OTEL_RESOURCE_ATTRIBUTES: 'service.name=,odd' }],
    ] as const;
    for (const [name, more] of names) {
      const options = { preload: 'require', cwd: folder, env: env('a/r.json', more) } as const;
      const { code, stderr } = await runFixture(path('app.js'), options);
      assert.equal(code, 0, stderr);
      assert.equal(readJson('a/r.json').service, name);
    }
  });

  it('says in one line that it could not be written, and the process ends as it would', async () => {
    writeFileSync(path('file'), '');
    const options = { preload: 'require', env: env(path('file/r.json')), args: ['exitCode'] } as const;
    const { code, stderr } = await runFixture(ENDINGS, options);
    assert.equal(code, 4);
    assert.match(stderr, /^opentelemetry-instrumentation-cache: the cache report could not be written: [^\n]+\n$/);
  });
});
