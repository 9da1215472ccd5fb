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

/** Whether Node runs a file as a CommonJS program in TypeScript by itself. */
export function isTypeScript(file: string): boolean {
  const { typescript } = process.features as { typescript?: string | false };
  return typeof typescript === 'string' && /\.c?ts$/.test(file) && !isEsModule(file);
}

/** What a hook of the module loader gives of a file. */
export interface Loaded {
  readonly format?: string | null;
  readonly source?: unknown;
}

/** What is known of a file that is to be loaded. */
export interface LoadContext {
  /** Those of the `exports` of a package: `import`, `require`, ... An array; for what is required, a set in the first versions. */
  readonly conditions?: Iterable<string>;
}

export function isImported({ conditions = [] }: LoadContext): boolean {
  return [...conditions].includes('import');
}

/**
 * A CommonJS program in TypeScript that is imported, as programs are with `--import`, and all that it requires, Node loads by ways of its
 * own that nobody can hook (up to 22.23 and 24.5 at least): but without its source by `Module.prototype.require`, as JavaScript.
 */
export function hookable(loaded: Loaded): Loaded {
  return loaded.format === 'commonjs-typescript' ? { ...loaded, format: 'commonjs', source: undefined } : loaded;
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
