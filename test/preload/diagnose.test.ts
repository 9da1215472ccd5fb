import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../support/children';
import { ROOT, type FixtureOptions } from '../support/fixture';
import { install } from '../support/installs';
import { type RedisServer, startRedis } from '../support/servers';
import { type Observed, observe, runAll } from './observed';

const APPLICATION = 'preload-operations.js';
const { version } = createRequire(__filename)('ioredis/package.json') as { version: string };

/** Bundles a program of `test/fixtures` with its client library; tsx brings the bundler. */
function bundle(file: string): string {
  const folder = temporaryFolder();
  const bundled = join(folder, 'bundle.js');
  const { buildSync } = createRequire(require.resolve('tsx/cjs'))('esbuild') as {
    buildSync: (options: Record<string, unknown>) => void;
  };
  buildSync({
    entryPoints: [join(ROOT, 'test/fixtures', file)],
    outfile: bundled,
    bundle: true,
    platform: 'node',
    external: ['@opentelemetry/api'],
  });
  const link = join(folder, 'node_modules/@opentelemetry/api');
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(realpathSync(join(ROOT, 'node_modules/@opentelemetry/api')), link);
  return bundled;
}

/** A program with a client library of a version that is to come. */
function futureApplication(): string {
  const folder = temporaryFolder();
  const library = join(folder, 'node_modules/ioredis');
  mkdirSync(join(library, 'built'), { recursive: true });
  writeFileSync(join(library, 'package.json'), JSON.stringify({ name: 'ioredis', version: '99.0.0' }));
  writeFileSync(join(library, 'index.js'), `module.exports = require('./built/Redis.js').default;`);
  writeFileSync(join(library, 'built/Redis.js'), `exports.default = class Redis { sendCommand() {} };`);
  const application = join(folder, 'app.js');
  writeFileSync(application, `const { name } = require('ioredis').prototype.sendCommand; console.log(name);`);
  return application;
}

describe('OTEL_INSTRUMENTATION_CACHE_DIAGNOSE', function () {
  this.timeout(120_000);
  let redis: RedisServer;
  let runs: Record<
    | 'patched'
    | 'off'
    | 'early'
    | 'future'
    | 'bundled'
    | 'bundledRedis'
    | 'redis'
    | 'shared'
    | 'unused'
    | 'views'
    | 'unread',
    Observed
  >;

  function run(file: string, { env, ...options }: FixtureOptions = {}): Promise<Observed> {
    const variables = { REDIS_URL: redis.url, OTEL_INSTRUMENTATION_CACHE_DIAGNOSE: 'true', ...env };
    return observe(file, { ...options, env: variables });
  }

  before(async () => {
    redis = await startRedis();
    const auto = install('auto-instrumentations', { '@opentelemetry/auto-instrumentations-node': '0.81.2' });
    const official = `${auto}/node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js`;
    const unused = join(temporaryFolder(), 'unused.js');
    writeFileSync(unused, '');
    const unread = join(temporaryFolder(), 'unread.js');
    const [api, sdk] = ['api', 'sdk-metrics'].map((name) => join(ROOT, 'node_modules/@opentelemetry', name));
    writeFileSync(
      unread,
      `require('${api}').metrics.setGlobalMeterProvider(new (require('${sdk}').MeterProvider)({ readers: [] }));`,
    );
    runs = await runAll({
      patched: () => run(APPLICATION),
      off: () => run(APPLICATION, { env: { OTEL_INSTRUMENTATION_CACHE_CLIENTS: '-ioredis' } }),
      early: () => run(APPLICATION, { env: { NODE_OPTIONS: `--require ${require.resolve('ioredis')}` } }),
      future: () => run(futureApplication()),
      bundled: () => run(bundle(APPLICATION)),
      bundledRedis: () => run(bundle('preload-redis.js')),
      redis: () => run('preload-redis.js'),
      shared: () => run(APPLICATION, { nodeArgs: ['--require', official] }),
      unused: () => run(unused),
      unread: () => run(unread),
      views: () => run('preload-own-sdk.js', { args: ['top', 'views'] }),
    });
  });

  after(() => redis.stop());

  it('reports once after the application has loaded, and once at exit', () => {
    for (const { code, stderr } of Object.values(runs)) {
      equal(code, 0);
      deepEqual(stderr.match(/diagnosis \(\w+\)/g), ['diagnosis (loaded)', 'diagnosis (exit)']);
    }
  });

  it('tells what is patched, where the data goes, and how many operations were seen', () => {
    const { stderr } = runs.patched;
    const atExit = stderr.slice(stderr.indexOf('(exit)'));
    // What ioredis is made of has versions too, which nobody knows.
    ok(atExit.includes(`\n  ioredis ${version}: patched\n  not loaded: iovalkey`));
    match(atExit, /^ {2}spans go to: \w*TracerProvider; context manager: there is one$/m);
    match(atExit, /^ {2}metrics go to: MeterProvider$/m);
    match(atExit, /^ {2}operations seen: 5$/m);
  });

  it('tells that metrics go through instruments, which costs more', () => {
    match(runs.views.stderr, /^ {2}metrics go to: MeterProvider, through instruments$/m);
  });

  it('tells that nobody reads the metrics', () => {
    match(runs.unread.stderr, /^ {2}metrics go to: nobody \(MeterProvider has no reader\)$/m);
  });

  it('tells that a client is switched off', () => {
    ok(runs.off.stderr.includes(`\n  ioredis ${version}: not patched: switched off by the options\n`));
    match(runs.off.stderr, /^ {2}operations seen: 0$/m);
  });

  it('tells that a client was loaded before', () => {
    ok(runs.early.stderr.includes(`\n  ioredis ${version}: patched; it was loaded before this package\n`));
    match(runs.early.stderr, /^ {2}operations seen: 5$/m);
  });

  it('tells that a version is out of range, and leaves it alone', () => {
    equal(runs.future.stdout, 'sendCommand\n');
    match(runs.future.stderr, /^ {2}ioredis 99\.0\.0: not patched: out of the supported range$/m);
  });

  it('tells that a client is bundled', () => {
    match(runs.bundled.stderr, /^ {2}ioredis: not patched: it runs, but .* it is bundled into the application$/m);
    match(runs.bundledRedis.stderr, /^ {2}redis: not patched: it runs, but .* it is bundled into the application$/m);
    doesNotMatch(runs.bundledRedis.stderr, /not loaded: .*\bredis\b/);
    for (const { stderr } of [runs.patched, runs.redis, runs.off]) doesNotMatch(stderr, /bundled/);
  });

  it('tells that another instrumentation wraps the client too', () => {
    ok(runs.shared.stderr.includes(`\n  ioredis ${version}: patched; another instrumentation wraps sendCommand too\n`));
    match(runs.shared.stderr, /^ {2}operations seen: 5$/m);
    doesNotMatch(runs.patched.stderr, /another/);
  });

  it('tells that nothing is there', () => {
    match(runs.unused.stderr, /^ {2}not loaded: ioredis/m);
    match(runs.unused.stderr, /^ {2}spans go to: nobody \(no SDK is registered\); context manager: none/m);
  });
});
