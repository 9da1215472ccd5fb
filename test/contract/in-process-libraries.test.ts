import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { context, metrics, trace } from '@opentelemetry/api';
import { CacheInstrumentation } from '../../src';
import { observe } from '../adapters/observe';
import { temporaryFolder } from '../support/children';
import { runFixture } from '../support/fixture';
import { IN_PROCESS_LIBRARIES, type InProcessLibrary } from './in-process-libraries';
import { copyLibrary, requireHere } from './library-copies';
import { assertLeftWithoutTrace } from './traces';

/** How a call ended, and when. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  const failure = (error: unknown): unknown =>
    error instanceof Error ? [error.constructor.name, error.name, error.message] : error;
  let returned: unknown;
  try {
    returned = call();
  } catch (error) {
    return ['thrown', failure(error)];
  }
  if (typeof (returned as PromiseLike<unknown> | undefined)?.then !== 'function') return ['returned', returned];
  assert.equal(Object.getPrototypeOf(returned), Promise.prototype);
  return (returned as Promise<unknown>).then(
    (value) => ['resolved', value],
    (error: unknown) => ['rejected', failure(error)],
  );
}

async function outcomesOf({ make, calls }: InProcessLibrary, exports: unknown): Promise<unknown[]> {
  const cache = make(exports) as unknown;
  const outcomes: unknown[] = [];
  for (const call of calls) outcomes.push(await outcomeOf(() => call(cache)));
  return outcomes;
}

/** What can be seen of the functions that a module exports: their source, and which of their methods have a prototype. */
function shownBy(exports: object): unknown[] {
  const exported = [exports, ...Object.values(exports)].filter((one): one is Function => typeof one === 'function');
  return exported.map((one) => {
    const methods = Object.entries(Object.getOwnPropertyDescriptors((one.prototype as object | undefined) ?? {}));
    return [
      String(one),
      methods.map(([name, { value }]) => [name, (value as Partial<Function>)?.prototype !== undefined]),
    ];
  });
}

describe('libraries of caches in the process: contract', () => {
  const observer = observe();

  for (const library of IN_PROCESS_LIBRARIES) {
    const { packageName } = library;
    describe(packageName, () => {
      before(() => {
        requireHere(packageName);
      });

      it('is left without a trace by disable()', () => {
        assertLeftWithoutTrace(observer.instrumentation, packageName, library.patched);
      });

      it('shows the source of its classes, and methods that are no constructors, as without us', () => {
        observer.instrumentation.disable();
        const own = shownBy(copyLibrary(packageName)(packageName));
        observer.instrumentation.enable();
        assert.deepEqual(shownBy(requireHere(packageName)), own);
      });

      it('gives what it gives without us, with or without an SDK, in each of two copies', async () => {
        observer.instrumentation.disable();
        const own = await outcomesOf(library, requireHere(packageName));
        observer.instrumentation.enable();
        assert.deepEqual(await outcomesOf(library, requireHere(packageName)), own);
        const enabled = operations(await observer.sdk.collectMetrics());
        await observer.traced(async () => {
          assert.deepEqual(await outcomesOf(library, requireHere(packageName)), own);
        });
        const before = operations(await observer.sdk.collectMetrics());
        assert.ok(before > enabled, 'it is observed again');
        assert.deepEqual(await outcomesOf(library, copyLibrary(packageName)(packageName)), own);
        assert.ok(operations(await observer.sdk.collectMetrics()) > before, 'the copy is observed');
      });
    });
  }

  it('are left alone in versions that are to come, and the self-report says so', async () => {
    const folder = temporaryFolder();
    for (const { packageName: name } of IN_PROCESS_LIBRARIES) {
      const library = join(folder, 'node_modules', name);
      mkdirSync(library, { recursive: true });
      writeFileSync(join(library, 'package.json'), JSON.stringify({ name, version: '99.0.0' }));
      const classes = ['LRUCache', 'TTLCache', 'Keyv', 'Cacheable', 'BentoCache'];
      const named = classes.map((one) => `exports.${one} = class ${one} { get() { return 'own'; } };`).join('\n');
      // An inner file of the name that node-cache has.
      writeFileSync(join(library, 'index.js'), `module.exports = require('./lib/node_cache');`);
      mkdirSync(join(library, 'lib'));
      writeFileSync(
        join(library, 'lib/node_cache.js'),
        `${named}\nexports.createCache = exports.createStorage = () => 'own';`,
      );
    }
    const names = IN_PROCESS_LIBRARIES.map(({ packageName }) => packageName);
    const application = join(folder, 'app.js');
    writeFileSync(
      application,
      `for (const name of ${JSON.stringify(names)}) {
        const { createCache, ...classes } = require(name);
        console.log(name, String(createCache), Object.values(classes).every((one) => !require('node:util').types.isProxy(one)));
      }`,
    );
    const env = { OTEL_INSTRUMENTATION_CACHE_DIAGNOSE: 'true', OTEL_TRACES_EXPORTER: 'none' };
    const { stdout, stderr, code } = await runFixture(application, { preload: 'require', env });
    assert.equal(code, 0);
    assert.deepEqual(
      stdout.trim().split('\n'),
      names.map((name) => `${name} () => 'own' true`),
    );
    for (const name of names) {
      assert.ok(stderr.includes(`\n  ${name} 99.0.0: not patched: out of the supported range\n`), `${name}: ${stderr}`);
    }
  });
});

describe('libraries of caches in the process: no SDK', () => {
  it('answer as they do without an SDK', async () => {
    for (const api of [context, metrics, trace]) api.disable();
    const instrumentation = new CacheInstrumentation({ requireParentSpan: false });
    for (const library of IN_PROCESS_LIBRARIES) {
      const seen = await outcomesOf(library, requireHere(library.packageName));
      instrumentation.disable();
      assert.deepEqual(seen, await outcomesOf(library, requireHere(library.packageName)), library.packageName);
      instrumentation.enable();
    }
    instrumentation.disable();
  });
});

function operations(points: readonly { name: string; value?: number | undefined }[]): number {
  return points.reduce((sum, { name, value }) => sum + (name === 'cache.operations' ? (value ?? 0) : 0), 0);
}
