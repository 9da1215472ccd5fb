import { execFile } from 'node:child_process';
import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder, temporaryFolder } from './support/children';
import { ROOT, runFixture } from './support/fixture';

const exec = promisify(execFile);
const NAME = 'opentelemetry-instrumentation-cache';

/** Runs npm, or a tool of ours, and fails with all that it printed. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  try {
    return (await exec(command, args, { cwd })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

describe('the npm package', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let tarball = '';
  let packed: string[] = [];

  before(async () => {
    // `prepack` builds it, and what a build says must not mix with the JSON.
    await run(ROOT, process.execPath, '.ci/build.js');
    const output = await run(ROOT, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder);
    const [{ filename, files }] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
    tarball = join(folder, filename);
    packed = files.map((file) => file.path);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    await run(folder, 'npm', 'install', '--no-audit', '--no-fund', tarball, '@opentelemetry/api@1.9.1');
  });

  after(() => removeFolder(folder));

  it('holds the built code, its declarations, the licence and the README, and nothing else', () => {
    const built = packed.filter((path) => /^build\/([\w-]+\/)*[\w-]+\.(d\.ts|d\.mts|js|mjs)$/.test(path));
    const rest = packed.filter((path) => !built.includes(path));
    deepEqual(rest.sort(), ['LICENSE', 'README.md', 'build/report/page.html', 'package.json']);
    deepEqual(
      built.filter((path) => /^build\/(index|register)\./.test(path)).sort(),
      ['index.d.mts', 'index.d.ts', 'index.js', 'index.mjs', 'register.d.ts', 'register.js'].map((x) => `build/${x}`),
    );
  });

  it('has the same classes for require and import', async () => {
    writeFileSync(
      join(folder, 'same.mjs'),
      `import { createRequire } from 'node:module';
       import * as imported from '${NAME}';
       const required = createRequire(import.meta.url)('${NAME}');
       const names = Object.keys(required);
       console.log(names.every((name) => imported[name] === required[name]), names.length === Object.keys(imported).length);
       console.log(names.sort().join(' '));`,
    );
    const { stdout, stderr } = await runFixture(join(folder, 'same.mjs'), { cwd: folder });
    equal(stderr, '');
    match(stdout, /^true true\n.*\bCacheInstrumentation\b/);
  });

  for (const flag of ['--require', '--import']) {
    const nodeArgs = [flag, `${NAME}/register`];

    it(`${flag} register without an SDK says so in one line, and the program runs`, async () => {
      const traced = `require('@opentelemetry/api').trace.getTracer('app').startSpan('work').end(); console.log('ran');`;
      for (const program of [traced, `console.log('ran');`]) {
        writeFileSync(join(folder, 'program.js'), program);
        const { code, stdout, stderr } = await runFixture(join(folder, 'program.js'), { nodeArgs, cwd: folder });
        deepEqual([code, stdout], [0, 'ran\n']);
        match(stderr, /^[^\n]*npm install @opentelemetry\/sdk-node[^\n]*\n$/);
      }
    });

    it(`${flag} register has nothing to say when it is switched off`, async () => {
      writeFileSync(join(folder, 'app.js'), `console.log('ran');`);
      for (const env of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_INSTRUMENTATION_CACHE_ENABLED: 'false' }]) {
        const { code, stdout, stderr } = await runFixture(join(folder, 'app.js'), { nodeArgs, env, cwd: folder });
        deepEqual([code, stdout, stderr], [0, 'ran\n', '']);
      }
    });
  }

  it('compiles in a project that has no client library and no SDK', async () => {
    const code = `import { CacheInstrumentation, type CacheInstrumentationConfig } from '${NAME}';
      const config: CacheInstrumentationConfig = { keys: 'pattern' };
      export const instrumentation = new CacheInstrumentation(config);\n`;
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--lib',
      'es2022',
      '--module',
      'node16',
      '--types',
      'node',
    ];
    const typeRoots = ['--typeRoots', join(ROOT, 'node_modules/@types')];
    for (const file of ['user.mts', 'user.cts']) writeFileSync(join(folder, file), code);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await run(folder, process.execPath, tsc, ...options, ...typeRoots, 'user.mts', 'user.cts');
  });

  it('passes publint', async () => {
    const { publint } = await import('publint');
    const contents = readFileSync(tarball);
    const bytes = contents.buffer.slice(contents.byteOffset, contents.byteOffset + contents.byteLength) as ArrayBuffer;
    const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
    deepEqual(messages, []);
  });

  it('passes arethetypeswrong', async () => {
    const attw = join(ROOT, 'node_modules/.bin/attw');
    // The oldest resolution of TypeScript knows no `exports`, and so no `/register`.
    await run(folder, attw, tarball, '--no-emoji', '--format', 'ascii', '--profile', 'node16');
  });
});
