import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whether a file is loaded as an ES module, by its name or the package that it is in. */
export function isEsModule(file: string): boolean {
  if (/\.[cm][jt]s$/.test(file)) return /\.m[jt]s$/.test(file);
  for (let at = dirname(file); ; at = dirname(at)) {
    const manifest = manifestIn(at);
    if (manifest !== undefined) return manifest.type === 'module';
    if (dirname(at) === at) return false;
  }
}

/** Whether a package has nothing that could be required. */
export function hasNoCommonJs(path: string): boolean {
  const manifest = manifestIn(path);
  return manifest?.type === 'module' && !JSON.stringify(manifest.exports ?? '').includes('"require"');
}

/** Whether a package has a variant for imports beside the one that is required. */
export function hasEsModules(path: string): boolean {
  return JSON.stringify(manifestIn(path)?.exports ?? '').includes('.mjs"');
}

function manifestIn(folder: string): { type?: string; exports?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: string; exports?: unknown };
  } catch {
    return undefined;
  }
}
