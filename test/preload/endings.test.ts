import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { METRIC_CACHE_MISSES } from '../../src/semconv';
import { type FixtureResult, runFixture, startFixture } from '../support/fixture';
import { install } from '../support/installs';
import { freePort, type RedisServer, startRedis } from '../support/servers';
import { type Observed, observe, observeSignal, runAll, total } from './observed';

const ENDINGS = 'preload-endings.js';
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The stack of an error may show the SDK's context manager: only the error itself is compared. */
function errorIn({ stderr }: FixtureResult): string | undefined {
  return /^Error: .*$/m.exec(stderr)?.[0];
}

describe('the end of the process under the preload', function () {
  this.timeout(60_000);
  let redis: RedisServer;

  const env = () => ({ REDIS_URL: redis.url, OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' });

  async function both(...args: string[]): Promise<[plain: FixtureResult, observed: Observed]> {
    const file = args[0]!.includes('.') ? args[0]! : ENDINGS;
    return Promise.all([runFixture(file, { env: env(), args }), observe(file, { env: env(), args })]);
  }

  async function bothSignalled(
    signal: NodeJS.Signals,
    ...args: string[]
  ): Promise<[plain: FixtureResult, observed: Observed]> {
    const plain = startFixture(ENDINGS, { env: env(), args });
    const signalled = plain.printed(/^ready$/m).then(() => {
      plain.child.kill(signal);
      return plain.done;
    });
    return Promise.all([signalled, observeSignal(ENDINGS, signal, { env: env(), args })]);
  }

  function sameEnd(plain: FixtureResult, observed: Observed): void {
    deepEqual(
      [observed.code, observed.signal, observed.stdout, errorIn(observed)],
      [plain.code, plain.signal, plain.stdout, errorIn(plain)],
    );
  }

  before(async () => {
    redis = await startRedis();
  });

  after(() => redis.stop());

  it('keeps the exit code that the application has set, and flushes', async () => {
    const [plain, observed] = await both('exitCode');
    equal(plain.code, 4);
    sameEnd(plain, observed);
    deepEqual(observed.ours, ['GET session:*']);
    equal(total(observed.received, METRIC_CACHE_MISSES), 1);
  });

  it('keeps the code of process.exit, of an uncaught exception and of an unhandled rejection', async () => {
    const runs = await runAll({
      exit: () => both('exit'),
      throws: () => both('throws'),
      rejects: () => both('rejects'),
    });
    equal(runs.exit[0].code, 3);
    match(runs.throws[0].stderr, /thrown on purpose/);
    match(runs.rejects[0].stderr, /rejected on purpose/);
    for (const [plain, observed] of Object.values(runs)) sameEnd(plain, observed);
  });

  it('keeps the code of a top-level await that never settles, and flushes', async () => {
    const [plain, observed] = await both('preload-unsettled.mjs');
    equal(plain.code, 13);
    sameEnd(plain, observed);
    deepEqual(observed.ours, ['GET session:*']);
  });

  it("lets the application's beforeExit and exit handlers run as often as without", async () => {
    const [plain, observed] = await both('beforeExit');
    equal(plain.stdout, 'beforeExit 0\nexit 0\n');
    sameEnd(plain, observed);
    deepEqual(observed.ours, ['GET session:*']);
  });

  it("observes what the application's beforeExit handlers begin", async () => {
    const [plain, observed] = await both('workBeforeExit');
    equal(plain.stdout, 'round 1 null\nround 2 null\n');
    sameEnd(plain, observed);
    deepEqual(observed.ours, ['GET session:*', 'GET session:*', 'GET session:*']);
    equal(total(observed.received, METRIC_CACHE_MISSES), 3);
  });

  for (const signal of SIGNALS) {
    it(`dies by ${signal} where the application has no handler, and flushes`, async () => {
      const [plain, observed] = await bothSignalled(signal, 'signal');
      equal(plain.signal, signal);
      sameEnd(plain, observed);
      deepEqual(observed.ours, ['GET session:*']);
      equal(total(observed.received, METRIC_CACHE_MISSES), 1);
    });

    it(`leaves the end to the application's own handler of ${signal}, and observes it too`, async () => {
      const [plain, observed] = await bothSignalled(signal, 'handledSignal', signal);
      deepEqual([plain.code, plain.stdout], [5, `ready\nhandling ${signal}\nnull\n`]);
      sameEnd(plain, observed);
      deepEqual(observed.ours, ['GET session:*', 'GET session:*']);
    });
  }

  it('dies by a signal that the package signal-exit listens for', async () => {
    const signalExit = join(install('signal-exit', { 'signal-exit': '4.1.0' }), 'node_modules/signal-exit');
    const [plain, observed] = await bothSignalled('SIGTERM', 'signalExit', signalExit);
    deepEqual([plain.signal, plain.stdout], ['SIGTERM', 'ready\nexit hook null SIGTERM\n']);
    sameEnd(plain, observed);
    deepEqual(observed.ours, ['GET session:*']);
  });

  it('goes on where the application ignores a signal', async () => {
    const running = startFixture(ENDINGS, { preload: 'require', env: env(), args: ['ignoredSignal', 'SIGTERM'] });
    await running.printed(/^ready$/m);
    running.child.kill('SIGTERM');
    await running.printed(/^ignored$/m);
    running.child.kill('SIGTERM');
    await running.printed(/^ignored\nignored$/m);
    running.child.kill('SIGKILL');
    equal((await running.done).signal, 'SIGKILL');
  });

  it('goes on where the application emits the event of a signal itself', async () => {
    const observed = await observe(ENDINGS, { env: env(), args: ['emittedSignal', 'SIGTERM'] });
    deepEqual([observed.code, observed.signal], [0, null]);
    deepEqual(observed.ours, ['GET session:*']);
  });

  it('has exported metrics at a signal within the first second, before our SDK was needed', async () => {
    const only = { REDIS_URL: redis.url };
    const observed = await observeSignal(ENDINGS, 'SIGTERM', { env: only, args: ['signal'] });
    equal(observed.signal, 'SIGTERM');
    equal(total(observed.received, METRIC_CACHE_MISSES), 1);
  });

  it('ends soon where nothing receives the last export, by itself or by a signal', async () => {
    const dead = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
    const [answered, byItself, bySignal, unsettled] = await Promise.all([
      observe(ENDINGS, { env: env(), args: ['exitCode'] }),
      observe(ENDINGS, { env: { ...env(), ...dead }, args: ['exitCode'] }),
      observeSignal(ENDINGS, 'SIGTERM', { env: { ...env(), ...dead }, args: ['signal'] }),
      observe('preload-unsettled.mjs', { env: { ...env(), ...dead } }),
    ]);
    equal(unsettled.code, 13);
    sameEnd(answered, byItself);
    equal(byItself.stderr, '');
    equal(bySignal.signal, 'SIGTERM');
    for (const { durationMs } of [byItself, bySignal]) {
      ok(durationMs - answered.durationMs < 3000, `${durationMs} ms, with a receiver ${answered.durationMs} ms`);
    }
  });
});
