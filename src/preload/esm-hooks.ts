import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ADAPTERS } from '../adapters';
import { PEERS } from '../peers';
import {
  hasEsModules,
  hasNoCommonJs,
  hookable,
  isEsModule,
  isImported,
  isTypeScript,
  type LoadContext,
  type Loaded,
} from './es-modules';
import { noteImport } from './imports';

/*
 * An ES module that imports a library of caches gets its exports without any `require` that could be hooked. import-in-the-middle puts
 * a module in between whose exports can be replaced. It is the copy that `@opentelemetry/instrumentation` has, for its
 * hooks and those who listen to them find each other through a state that each copy has of its own.
 */

/** The libraries whose main module is patched. */
const LIBRARIES: readonly string[] = [
  ...new Set(
    ADAPTERS.flatMap((adapter) => adapter.modules.filter(({ file }) => file === undefined)).map(({ module }) => module),
  ),
];

/** The SDK, which has ES modules of its own since version 3, and other instrumentations, since they are made for that. */
const OTHERS = PEERS.filter(({ file }) => file === undefined).map(({ module }) => module);

/** What import-in-the-middle has to see. */
const NAMES: readonly string[] = [...LIBRARIES, ...ADAPTERS.flatMap(({ subpaths = [] }) => subpaths), ...OTHERS];

interface SyncHook {
  applyOptions(options: { include: readonly string[] }): void;
  resolveSync: Hooks['resolve'];
  loadSync: Hooks['load'];
}

type Next<T> = (subject: string, context?: T) => unknown;

interface ResolveContext extends LoadContext {
  readonly parentURL?: string;
}

/** As `module.registerHooks` takes them: on the application's thread, since Node 22.15. */
interface Hooks {
  resolve: (specifier: string, context: ResolveContext, next: Next<object>) => unknown;
  load: (url: string, context: LoadContext, next: Next<object>) => unknown;
}

type RegisterHooks = (hooks: Partial<Hooks>) => void;
type Register = (specifier: string, parentURL: string) => void;

/** Sees to it that imports of ES modules are seen, as cheaply as this version of Node can. */
export function hookImports(): void {
  const require = modules.createRequire(modules.createRequire(__filename).resolve('@opentelemetry/instrumentation'));
  const folder = dirname(require.resolve('import-in-the-middle/hook.mjs')) + sep;
  const { registerHooks, register } = modules as { registerHooks?: RegisterHooks; register?: Register };
  const main = process.argv[1];
  if (registerHooks !== undefined && supportsSyncHooks()) {
    registerHooks(lazyHooks(require, folder));
    return;
  }
  // Before there were such hooks, there was no SDK that consists of ES modules.
  registerHooks?.({ resolve: notingImports });
  if (register !== undefined && mayImport(main)) {
    const include: [string, string][] = NAMES.map((name) => ['include', name]);
    const parameters = new URLSearchParams([['folder', pathToFileURL(folder).href], ...include]);
    register(`./esm-loader.mjs?${parameters.toString()}`, pathToFileURL(__filename).href);
  }
}

const notingImports: Hooks['resolve'] = (specifier, context, next) => {
  const found = next(specifier, context);
  if (specifier.startsWith('@opentelemetry/') && isImported(context)) noteImport(specifier);
  return found;
};

/** Versions whose hooks take CommonJS modules without a source: as import-in-the-middle says, which is not loaded to find out. */
function supportsSyncHooks(): boolean {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number);
  if (major === 22) return minor > 22 || (minor === 22 && patch >= 3);
  if (major === 24) return minor > 11 || (minor === 11 && patch >= 1);
  return major >= 26 || (major === 25 && minor >= 1);
}

/** Loads import-in-the-middle when the first of our libraries is imported: 10 ms that most applications never need. */
function lazyHooks(require: NodeJS.Require, folder: string): Hooks {
  const names = new Set(NAMES);
  let hook: SyncHook | undefined;
  const made = (): SyncHook => {
    if (hook === undefined) {
      const { createHook } = require(`${folder}create-hook.mjs`) as { createHook: (meta: { url: string }) => SyncHook };
      hook = createHook({ url: pathToFileURL(`${folder}register-hooks.mjs`).href });
      hook.applyOptions({ include: NAMES });
    }
    return hook;
  };
  return {
    resolve: (specifier, context, next) => {
      const isOurs =
        hook !== undefined && (specifier.includes('iitm=') || context.parentURL?.includes('iitm=') === true);
      if (names.has(specifier) || isOurs) return made().resolveSync(specifier, context, next);
      return notingImports(specifier, context, next);
    },
    load: (url, context, next) => {
      const loaded = (hook === undefined ? next(url, context) : hook.loadSync(url, context, next)) as Loaded;
      // What is required has to have a source.
      return isImported(context) ? hookable(loaded) : loaded;
    },
  };
}

/**
 * Whether an application may import one of our libraries from an ES module: the loaders' thread takes 45 ms to start, so it is not
 * started for those that can't. A program in CommonJS gets by `import()` what there is only as an ES module; one in TypeScript
 * needs the thread for what it requires, see {@link hookable}.
 */
function mayImport(main: string | undefined): boolean {
  if (main === undefined) return false;
  if (isTypeScript(main)) return true;
  const isModule = isEsModule(main);
  for (let at = dirname(main); ; at = dirname(at)) {
    const installed = (names: readonly string[]) =>
      names.map((name) => join(at, 'node_modules', name)).filter((path) => existsSync(path));
    if (installed(LIBRARIES).some((path) => isModule || hasNoCommonJs(path))) return true;
    if (isModule && installed(OTHERS).some(hasEsModules)) return true;
    if (dirname(at) === at) return false;
  }
}
