import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../support/fixture';
import { besides, moveTo } from '../support/installs';

const run = promisify(execFile);

/** Installs one package into a folder of its own, unless it is there: an npm alias would hide its name from require hooks. */
async function install(folder: string, name: string, version: string): Promise<string> {
  const installed = join(folder, 'node_modules', name, 'package.json');
  if (existsSync(installed) && versionIn(installed) === version) return folder;
  rmSync(folder, { recursive: true, force: true });
  const unfinished = besides(folder);
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact', '--prefix', unfinished];
  await run('npm', ['install', ...options, `${name}@${version}`], { cwd: unfinished });
  moveTo(folder, unfinished);
  return folder;
}

/** Some versions of Node call themselves `v22.15.0` in their manifest. */
function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version.replace(/^v/, '');
}

/** Installs a version of a client library; gives the folder from which it can be required. */
export function installClient(name: string, version: string): Promise<string> {
  return install(join(ROOT, '.versions', `${name}-${version}`), name, version);
}

/** Installs a version of Node; gives its binary. */
export async function installNode(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await install(join(ROOT, '.nodes', version), name, version);
  return join(folder, 'node_modules', name, 'bin', 'node');
}

/** Whether an installed version of a client says, in its `engines`, that it runs on a version of Node. */
export function supportsNode(folder: string, name: string, node: string): boolean {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines?: { node?: string } };
  if (engines?.node === undefined) return true;
  // All of them say it as a lower end, some with a hole in it: `20 || >=22`.
  const [, lowest] = /^(?:>=\s*)?([\d.]+)(?:\s*\|\|\s*>=\s*[\d.]+)?$/.exec(engines.node) ?? [];
  if (lowest === undefined) throw new Error(`${name} in ${folder} asks for Node '${engines.node}': not a lower end`);
  return node.localeCompare(lowest, 'en', { numeric: true }) >= 0;
}
