import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sep } from 'node:path';

interface LoadedModule {
  readonly exports: unknown;
  readonly version: string | undefined;
}

const MODULES = `${sep}node_modules${sep}`;

/**
 * What was loaded before this package: prototypes can be patched all the same. An application has loaded thousands of
 * modules, and each patch asks for its own: so they are gone through once.
 */
export class LoadedModules {
  /** Paths by the name of their package. */
  private readonly paths = new Map<string, string[]>();

  constructor() {
    for (const path of Object.keys(require.cache)) {
      const name = packageOf(path);
      if (name === undefined) continue;
      const others = this.paths.get(name);
      if (others === undefined) this.paths.set(name, [path]);
      else others.push(path);
    }
  }

  /**
   * The loaded copies of a module.
   * @param file inside the package, without its extension; undefined: the main module
   */
  find(module: string, file: string | undefined): readonly LoadedModule[] {
    const inside = `${MODULES}${module.replaceAll('/', sep)}${sep}`;
    const ending = file === undefined ? undefined : `${inside}${file.replaceAll('/', sep)}.js`;
    const mains = new Map<string, string | undefined>();
    const found: LoadedModule[] = [];
    for (const path of this.paths.get(module) ?? []) {
      const above = path.slice(0, path.lastIndexOf(inside));
      if (ending === undefined && !mains.has(above)) mains.set(above, mainOf(module, above));
      if (ending === undefined ? path !== mains.get(above) : !path.endsWith(ending)) continue;
      const loaded = require.cache[path];
      if (loaded?.loaded === true) found.push({ exports: loaded.exports, version: versionIn(`${above}${inside}`) });
    }
    return found;
  }
}

/** The package that a file is in, with its scope; undefined: in none. */
export function packageOf(path: string): string | undefined {
  const at = path.lastIndexOf(MODULES);
  if (at === -1) return undefined;
  const [first, second] = path.slice(at + MODULES.length).split(sep, 2);
  return first?.startsWith('@') === true ? `${first}/${second}` : first;
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
