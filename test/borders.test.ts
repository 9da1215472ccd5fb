import { deepEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { ROOT } from './support/fixture';

const RULE = '@typescript-eslint/no-restricted-imports';

// The files do not exist, so the rules that need types can't judge them.
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfigFile: join(ROOT, '.config/eslint.config.mjs'),
  overrideConfig: [tseslint.configs.disableTypeChecked as never],
});

async function violations(filePath: string, code: string, rule: string): Promise<number> {
  const [result] = await eslint.lintText(code, { filePath: join(ROOT, filePath) });
  const found = result!.messages.filter((message) => message.ruleId === rule || message.fatal);
  // Two patterns may meet in one line.
  return new Set(found.map((message) => message.line)).size;
}

/** Imports that a file in this place must not have. */
const FORBIDDEN: Record<string, string[]> = {
  'src/telemetry/file.ts': ['../redis/table', '../memcached/table', '../adapters/ioredis', '../app/x', '../report/x'],
  'src/telemetry/metrics/file.ts': ['../../redis/table', '../../instrumentation'],
  'src/report/file.ts': ['../redis/table', '../adapters/ioredis', '../app/x', '../instrumentation', '../preload/x'],
  'src/redis/file.ts': ['../telemetry/operation', '../memcached/table', '../adapters/ioredis', '../config', '../types'],
  'src/redis/deep/file.ts': ['../../telemetry/errors', '../../app/x'],
  'src/memcached/file.ts': ['../telemetry/operation', '../redis/table', '../report/x'],
  'src/adapters/ioredis.ts': ['./iovalkey', '../app/x', '../report/x', '../instrumentation'],
  'src/adapters/redis/file.ts': ['../ioredis', '../ioredis/library', '../index', '../../app/x', '../../preload/x'],
  'src/adapters/redis/deep/file.ts': ['../../ioredis/library'],
  'src/adapters/index.ts': ['../instrumentation'],
  'src/instrumentation.ts': ['./register'],
  'src/app/file.ts': ['../register', '../adapters/ioredis', '../redis/table', '../instrumentation', 'ioredis', 'keyv'],
  'src/app/stores/file.ts': ['../../config', '../../preload/x', 'lru-cache'],
  'src/types.ts': [
    'ioredis',
    'redis',
    '@redis/client',
    'memjs',
    'memcached',
    'iovalkey',
    'lru-cache',
    'unstorage',
    'bentocache',
  ],
  'src/register.ts': ['@opentelemetry/sdk-node', '@opentelemetry/sdk-metrics', '@opentelemetry/sdk-trace-base'],
};

/** Imports that a file in this place may have. */
const ALLOWED: Record<string, string[]> = {
  'src/telemetry/file.ts': ['./errors', '../semconv', '../config', '../types', '@opentelemetry/api'],
  'src/telemetry/metrics/file.ts': ['../statistics', '../../semconv'],
  'src/app/file.ts': ['./stores/map', '../telemetry/app-level/app-cache', '../current', '../semconv'],
  'src/app/stores/file.ts': ['../options', './store', '../../telemetry/app-level/app-operation'],
  'src/report/file.ts': ['./model', '../current', '../semconv', '../telemetry/statistics', '../say'],
  'src/redis/file.ts': ['./table', '../semconv', '@ioredis/commands'],
  'src/memcached/file.ts': ['./table', '../semconv'],
  'src/adapters/ioredis.ts': ['../adapter', '../redis/table', '../telemetry/telemetry', './redis/client'],
  'src/adapters/redis/file.ts': ['./library', '../../adapter', '../../redis/table', './deep/file'],
  'src/adapters/redis/deep/file.ts': ['../library', '../../../adapter'],
  'src/adapters/index.ts': ['./ioredis', './memjs'],
  'src/register.ts': ['./instrumentation', '@opentelemetry/instrumentation', 'node:worker_threads'],
};

function cases(table: Record<string, string[]>): [file: string, source: string][] {
  return Object.entries(table).flatMap(([file, sources]) => sources.map((source): [string, string] => [file, source]));
}

describe('borders between the rooms', () => {
  // The first file waits until ESLint and TypeScript are loaded.
  before(async function () {
    this.timeout(120_000);
    await eslint.lintText('', { filePath: join(ROOT, 'src/file.ts') });
  });

  for (const [file, source] of cases(FORBIDDEN)) {
    it(`${file} does not import ${source}`, async () => {
      const code = `import { a } from '${source}';\nimport type { B } from '${source}';\nexport * from '${source}';\n`;
      deepEqual(await violations(file, code, RULE), 3);
    });
  }

  for (const [file, source] of cases(ALLOWED)) {
    it(`${file} may import ${source}`, async () => {
      deepEqual(await violations(file, `import { a } from '${source}';\n`, RULE), 0);
    });
  }

  it('a dialect imports the types of telemetry/command, and no value', async () => {
    for (const file of ['src/redis/file.ts', 'src/memcached/file.ts']) {
      deepEqual(await violations(file, `import type { Command } from '../telemetry/command';\n`, RULE), 0);
      deepEqual(await violations(file, `import { command } from '../telemetry/command';\n`, RULE), 1);
    }
  });
});

describe('sizes', () => {
  const lines = (count: number): string => 'export const a = 1;\n'.repeat(count);
  const fn = (count: number): string => `export function f() {\n${'  g();\n'.repeat(count - 2)}}\n`;

  it('a file has 250 lines at most', async () => {
    deepEqual(await violations('src/file.ts', lines(250), 'max-lines'), 0);
    deepEqual(await violations('src/file.ts', lines(251), 'max-lines'), 1);
  });

  it('a function has 50 lines at most', async () => {
    deepEqual(await violations('src/file.ts', fn(50), 'max-lines-per-function'), 0);
    deepEqual(await violations('src/file.ts', fn(51), 'max-lines-per-function'), 1);
  });
});
