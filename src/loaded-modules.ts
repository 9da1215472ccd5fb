import { readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { inRange } from './versions';
import type { ModulePatch } from './adapter';

interface LoadedModule {
  readonly exports: unknown;
  readonly version: string | undefined;
}

/** The copies of a module that were loaded before this package: prototypes can be patched all the same. */
export function findLoaded({ module, file, versions }: ModulePatch): readonly LoadedModule[] {
  const folder = `${sep}node_modules${sep}${module.replaceAll('/', sep)}${sep}`;
  const ending = `${folder}${(file ?? 'index').replaceAll('/', sep)}.js`;
  const found: LoadedModule[] = [];
  for (const [path, loaded] of Object.entries(require.cache)) {
    if (!path.endsWith(ending) || loaded?.loaded !== true) continue;
    const version = versionIn(path.slice(0, path.length - ending.length + folder.length));
    if (version !== undefined && versions.some((range) => inRange(version, range))) {
      found.push({ exports: loaded.exports, version });
    }
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
