import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './fixture';

/**
 * Installs packages that are no devDependencies under `.versions`, once. They share the OpenTelemetry API of this repository, as
 * they would in an application: two copies of it do not always see each other.
 * @returns the folder that holds their `node_modules`
 */
export function install(name: string, dependencies: Readonly<Record<string, string>>): string {
  const folder = join(ROOT, '.versions', name);
  const done = join(folder, '.installed');
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps', '--ignore-scripts'];
  execFileSync('npm', ['install', ...flags], { cwd: folder, stdio: 'pipe' });
  rmSync(join(folder, 'node_modules/@opentelemetry/api'), { recursive: true, force: true });
  writeFileSync(done, '');
  return folder;
}
