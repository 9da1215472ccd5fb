import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sep } from 'node:path';

interface LoadedModule {
  readonly exports: unknown;
  readonly version: string | undefined;
}

/**
 * The copies of a module that were loaded before this package: prototypes can be patched all the same.
 * @param file inside the package, without its extension; undefined: the main module
 */
export function findLoaded(module: string, file: string | undefined): readonly LoadedModule[] {
  const folder = `${sep}node_modules${sep}${module.replaceAll('/', sep)}${sep}`;
  const ending = file === undefined ? undefined : `${folder}${file.replaceAll('/', sep)}.js`;
  const found: LoadedModule[] = [];
  for (const [path, loaded] of Object.entries(require.cache)) {
    const end = path.lastIndexOf(folder);
    if (end === -1 || loaded?.loaded !== true) continue;
    const isWanted = ending === undefined ? path === mainOf(module, path.slice(0, end)) : path.endsWith(ending);
    if (isWanted) found.push({ exports: loaded.exports, version: versionIn(path.slice(0, end + folder.length)) });
  }
  return found;
}

/** @param above the folder whose `node_modules` has the package */
function mainOf(module: string, above: string): string | undefined {
  try {
    return createRequire(`${above}${sep}from.js`).resolve(module);
  } catch {
    return undefined;
  }
}

function versionIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
