import { deepEqual, equal } from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { METRIC_CACHE_HITS, METRIC_CACHE_MISSES } from '../../src/semconv';
import { temporaryFolder } from '../support/children';
import { ROOT } from '../support/fixture';
import { observe, total } from './observed';

/** An application that has a copy of this package of its own, and uses nothing but a cache of that. */
function application(): string {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  const manifest = join(ROOT, 'package.json');
  const { name, dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    name: string;
    dependencies: Record<string, string>;
  };
  cpSync(join(ROOT, 'build'), join(modules, name, 'build'), { recursive: true });
  copyFileSync(manifest, join(modules, name, 'package.json'));
  for (const dependency of [...Object.keys(dependencies), '@opentelemetry/api']) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', dependency), join(modules, dependency));
  }
  const file = join(folder, 'app.js');
  writeFileSync(
    file,
    `const cache = new (require('${name}').TracedCache)('own', new Map());
     cache.set('a', 1).then(() => cache.get('a')).then(() => cache.get('b'));`,
  );
  return file;
}

describe('the preload, beside another copy of this package', () => {
  it('exports what only that one has counted', async () => {
    const { code, stderr, received } = await observe(application());
    equal(code, 0, stderr);
    deepEqual([total(received, METRIC_CACHE_HITS), total(received, METRIC_CACHE_MISSES)], [1, 1]);
  });
});
