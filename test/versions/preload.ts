import assert from 'node:assert/strict';
import { METRIC_CACHE_MISSES } from '../../src/semconv';
import { observe, total } from '../preload/observed';
import { startRedis } from '../support/servers';

/** A program under the preload, and what it prints, whichever Node runs it. */
interface Program {
  readonly title: string;
  readonly file: string;
  /** What runs it besides Node itself. */
  readonly nodeArgs?: readonly string[];
  /** The first version of Node that can run it. */
  readonly since?: string;
  readonly stdout: string;
  readonly spans: readonly string[];
}

const SPANS = ['GET profile:*', 'SET profile:*', 'GET profile:*', 'DEL profile:*'];
const APPLICATION = { stdout: 'null Ada 1\n', spans: SPANS };

function programs(flag: 'require' | 'import'): readonly Program[] {
  const tsx = flag === 'require' ? ['--require', 'tsx/cjs'] : ['--import', 'tsx'];
  return [
    { title: 'CommonJS', file: 'preload-app.js', ...APPLICATION },
    { title: 'an ES module', file: 'preload-app.mjs', ...APPLICATION },
    { title: 'TypeScript (tsx)', file: 'preload-app.ts', nodeArgs: tsx, ...APPLICATION },
    {
      title: 'TypeScript (Node itself)',
      file: 'preload-app.cts',
      since: '22.18.0',
      nodeArgs: ['--no-warnings'],
      ...APPLICATION,
    },
    { title: 'a worker thread', file: 'preload-worker.js', stdout: 'worker 0\n', spans: ['GET task:*'] },
    {
      title: 'the cluster module',
      file: 'preload-cluster.js',
      stdout: 'worker 0 null\nworker 0 null\n',
      spans: ['GET task:*', 'GET task:*'],
    },
  ];
}

async function check({ file, nodeArgs = [], stdout, spans }: Program, preload: 'require' | 'import', node: string) {
  const redis = await startRedis();
  try {
    const env = { REDIS_URL: redis.url, OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' };
    const seen = await observe(file, { preload, node, nodeArgs, env });
    assert.deepEqual([seen.code, seen.stdout, seen.stderr], [0, stdout, '']);
    assert.deepEqual(seen.ours, spans);
    assert.ok(total(seen.received, METRIC_CACHE_MISSES) >= 1);
  } finally {
    await redis.stop();
  }
}

/**
 * Runs programs of every format under the preload, given to Node either way.
 * @param columns Node versions and their binaries
 * @returns how many passed, and what failed
 */
export async function checkPreload(columns: readonly (readonly [version: string, binary: string])[]) {
  const failures: string[] = [];
  let passed = 0;
  const blank = columns.map(() => ' --- ').join('|');
  console.log(`\n| | ${columns.map(([version]) => version).join(' | ')} |\n| --- |${blank}|`);
  for (const flag of ['require', 'import'] as const) {
    for (const program of programs(flag)) {
      const cells: string[] = [];
      for (const [version, node] of columns) {
        if (program.since !== undefined && version.localeCompare(program.since, 'en', { numeric: true }) < 0) {
          cells.push('-');
          continue;
        }
        const failure = await check(program, flag, node).then(() => undefined, String);
        if (failure === undefined) passed++;
        else failures.push(`--${flag}, ${program.title}, on Node ${version}:\n${failure}`);
        cells.push(failure === undefined ? 'passed' : 'FAILED');
      }
      console.log(`| \`--${flag}\`, ${program.title} | ${cells.join(' | ')} |`);
    }
  }
  return { passed, failures };
}
