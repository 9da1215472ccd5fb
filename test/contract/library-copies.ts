import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../support/children';
import { ROOT } from '../support/fixture';

/** `require` as a module of this repository has it. */
export const requireHere = createRequire(join(ROOT, 'package.json'));

function folderOf(packageName: string): string {
  return join(ROOT, 'node_modules', packageName);
}

/** Copies an installed package, so that Node loads it a second time; gives a `require` that finds the copy. */
export function copyLibrary(packageName: string): NodeJS.Require {
  const modules = join(temporaryFolder(), 'node_modules');
  cpSync(folderOf(packageName), join(modules, packageName), { recursive: true });
  const manifest = readFileSync(join(folderOf(packageName), 'package.json'), 'utf8');
  const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
  for (const dependency of Object.keys(dependencies)) {
    const link = join(modules, dependency);
    mkdirSync(dirname(link), { recursive: true });
    // A dependency that is nested in the package was copied with it.
    symlinkSync(realpathSync(folderOf(dependency)), link);
  }
  return createRequire(join(modules, 'index.js'));
}
