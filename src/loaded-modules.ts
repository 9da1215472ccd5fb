import { readFileSync } from 'node:fs';
import { sep } from 'node:path';

interface LoadedModule {
  readonly exports: unknown;
  readonly version: string | undefined;
}

/**
 * The copies of a module that were loaded before this package: prototypes can be patched all the same.
 * @param file inside the package, without its extension
 */
export function findLoaded(module: string, file: string): readonly LoadedModule[] {
  const folder = `${sep}node_modules${sep}${module.replaceAll('/', sep)}${sep}`;
  const ending = `${folder}${file.replaceAll('/', sep)}.js`;
  const found: LoadedModule[] = [];
  for (const [path, loaded] of Object.entries(require.cache)) {
    if (!path.endsWith(ending) || loaded?.loaded !== true) continue;
    const version = versionIn(path.slice(0, path.length - ending.length + folder.length));
    found.push({ exports: loaded.exports, version });
  }
  return found;
}

function versionIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
