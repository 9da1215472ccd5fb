import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../support/children';
import { type FixtureOptions, ROOT, runFixture, startFixture } from '../support/fixture';
import { type RedisServer, startRedis } from '../support/servers';

/** All that the package and the programs need, and no `@opentelemetry/sdk-node`. */
const INSTALLED = [
  '@ioredis/commands',
  '@opentelemetry/api',
  '@opentelemetry/instrumentation',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/semantic-conventions',
  'ioredis',
];
const ONE_LINE =
  'opentelemetry-instrumentation-cache: there is no OpenTelemetry SDK, so nothing is exported; ' +
  'npm install @opentelemetry/sdk-node\n';

describe('the preload where no SDK is installed', function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let folder: string;

  before(async () => {
    redis = await startRedis();
    folder = temporaryFolder();
    for (const copied of ['build', 'package.json', 'test/fixtures']) {
      cpSync(join(ROOT, copied), join(folder, copied), { recursive: true });
    }
    for (const name of INSTALLED) {
      const link = join(folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link);
    }
  });
  after(() => redis.stop());

  function options(args: readonly string[] = []): FixtureOptions {
    const nodeArgs = ['--require', join(folder, 'build/register.js')];
    return { cwd: folder, nodeArgs, args, env: { REDIS_URL: redis.url } };
  }

  const fixture = (file: string) => join(folder, 'test/fixtures', file);

  it('an application with a cache runs on, and one line says what to install', async () => {
    const { code, stdout, stderr } = await runFixture(fixture('preload-app.js'), options());
    deepEqual([code, stdout, stderr], [0, 'null Ada 1\n', ONE_LINE]);
  });

  it('one line for all threads of a process', async () => {
    const { code, stderr } = await runFixture(fixture('preload-workers.js'), options());
    deepEqual([code, stderr], [0, ONE_LINE]);
  });

  for (const [ending, code, stderr] of [
    ['by itself', 0, ONE_LINE],
    ['process.exit', 3, ONE_LINE],
    ['with an SDK', 0, ''],
    ['without the SDK that it had', 0, ''],
  ] as const) {
    it(`a program that needs none, which ends ${ending}: ${stderr === '' ? 'nothing is said' : 'one line at exit'}`, async () => {
      const result = await runFixture(fixture('preload-idle.js'), options([ending]));
      deepEqual([result.code, result.stderr], [code, stderr]);
      ok(result.durationMs < 8000, 'nothing kept it alive');
    });
  }

  it('a program that needs none and goes on: one line after a while', async () => {
    const running = startFixture(fixture('preload-idle.js'), options(['by a signal, later']));
    await running.printed(/npm install/);
    running.child.kill('SIGTERM');
    const { signal, stdout, stderr } = await running.done;
    deepEqual([signal, stdout], ['SIGTERM', 'ready\n']);
    equal(stderr, ONE_LINE);
  });

  it('an application whose spans nobody wants is told once', async () => {
    const { stderr } = await runFixture(fixture('preload-traced.js'), options());
    match(stderr, /^[^\n]*npm install @opentelemetry\/sdk-node\n$/);
  });
});
