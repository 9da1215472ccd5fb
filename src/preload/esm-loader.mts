/**
 * Runs in Node's thread of module loaders, where there are no hooks on the application's thread: hands the imports of the libraries
 * that we patch to import-in-the-middle, and all others on. What it has to know is in its own URL, for Node 20.6 hands over no data.
 */

import { hookable, type Loaded } from './es-modules.js';

type Next = (subject: string, context?: object) => unknown;

/** Made by import-in-the-middle. */
interface Hook {
  applyOptions(options: { include: readonly string[] }): void;
  resolve: (specifier: string, context: object, next: Next) => unknown;
  load: (url: string, context: object, next: Next) => unknown;
}

const parameters = new URL(import.meta.url).searchParams;
const include = parameters.getAll('include');
const names = new Set(include);
let hook: Hook | undefined;

export async function initialize(): Promise<void> {
  const folder = parameters.get('folder')!;
  const { createHook } = (await import(`${folder}create-hook.mjs`)) as { createHook: (meta: { url: string }) => Hook };
  hook = createHook({ url: `${folder}hook.mjs` });
  hook.applyOptions({ include });
}

export function resolve(specifier: string, context: { parentURL?: string }, next: Next): unknown {
  const isOurs = names.has(specifier) || specifier.includes('iitm=') || context.parentURL?.includes('iitm=') === true;
  return isOurs && hook !== undefined ? hook.resolve(specifier, context, next) : next(specifier, context);
}

export async function load(url: string, context: object, next: Next): Promise<Loaded> {
  const loaded = await (hook === undefined ? next(url, context) : hook.load(url, context, next));
  return hookable(loaded as Loaded);
}
