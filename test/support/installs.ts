import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './fixture';

/** Where a folder is to be filled, before it is moved to its place: nobody finds half of it there. */
export function besides(folder: string): string {
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  return unfinished;
}

/** Moves a filled folder to its place, unless another process was faster. */
export function moveTo(folder: string, unfinished: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Installs packages that are no devDependencies under `.versions`, once. They share the OpenTelemetry API of this repository, as
 * they would in an application: two copies of it do not always see each other.
 * @returns the folder that holds their `node_modules`
 */
export function install(name: string, dependencies: Readonly<Record<string, string>>): string {
  return installed(name, dependencies, (folder) => {
    rmSync(join(folder, 'node_modules/@opentelemetry/api'), { recursive: true, force: true });
  });
}

/**
 * A project of its own that has this package, as it is built now, among its dependencies; they are installed once.
 * @returns its folder
 */
export function installProject(name: string, dependencies: Readonly<Record<string, string>>): string {
  const manifest = join(ROOT, 'package.json');
  const own = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string; dependencies: Record<string, string> };
  const folder = installed(name, { ...own.dependencies, ...dependencies });
  const place = join(folder, 'node_modules', own.name);
  rmSync(place, { recursive: true, force: true });
  cpSync(join(ROOT, 'build'), join(place, 'build'), { recursive: true });
  copyFileSync(manifest, join(place, 'package.json'));
  return folder;
}

function installed(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  prepare?: (folder: string) => void,
): string {
  const folder = join(ROOT, '.versions', name);
  if (existsSync(folder)) return folder;
  const unfinished = besides(folder);
  writeFileSync(join(unfinished, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps', '--ignore-scripts'];
  execFileSync('npm', ['install', ...flags], { cwd: unfinished, stdio: 'pipe' });
  prepare?.(unfinished);
  moveTo(folder, unfinished);
  return folder;
}
