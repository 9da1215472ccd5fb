'use strict';
// Installs what the tests and the demo need and what is not there yet: the packages of package.json, the servers, the browser.
// `--demo`: only what the demo needs.
// Prints one line per thing that it installs.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Programs, by the Debian package that has them. `variable` names what is used in place of a missing one. */
const programs = [
  { binary: 'redis-server', package: 'redis-server', variable: 'REDIS_URL' },
  { binary: 'memcached', package: 'memcached', variable: 'MEMCACHED_URL' },
  { binary: 'openssl', package: 'openssl' },
  // promtool is in it too.
  { binary: 'prometheus', package: 'prometheus', testsOnly: true },
  { binary: 'chromium', package: 'chromium', variable: 'CHROMIUM_PATH', testsOnly: true },
];

/** Whether `version` satisfies an exact version or a caret range; any other kind of range is left to npm. */
function satisfies(version, wanted) {
  const range = wanted.startsWith('npm:') ? wanted.slice(wanted.lastIndexOf('@') + 1) : wanted;
  if (/^\d/.test(range)) return version === range;
  if (!/^\^\d+\.\d+\.\d+$/.test(range) || version.includes('-')) return true;
  const low = range.slice(1).split('.').map(Number);
  const have = version.split('.').map(Number);
  // A caret lets everything change that is right of the first number that is not 0.
  const free = low.findIndex((part) => part !== 0);
  const differs = have.findIndex((part, index) => part !== low[index]);
  return differs === -1 || (differs > free && have[differs] > low[differs]);
}

function installedVersion(name) {
  try {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8'));
    // As npm reads it: some packages write v1.2.3.
    return version.replace(/^v/, '');
  } catch {
    return undefined;
  }
}

function packagesAreInstalled() {
  const { dependencies, devDependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return Object.entries({ ...dependencies, ...devDependencies }).every(([name, wanted]) => {
    const version = installedVersion(name);
    return version !== undefined && satisfies(version, wanted);
  });
}

function onPath(binary) {
  // Debian's servers are in /usr/bin; a plain user's PATH elsewhere often leaves out sbin.
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, binary)));
}

/** Runs a command in silence; shows what it printed when it fails. */
function run(command, args, env) {
  const result = spawnSync(command, args, { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error}\n` : ''}`);
  process.stderr.write(`prepare: '${command} ${args.join(' ')}' failed\n`);
  process.exit(1);
}

function installPackages() {
  console.log('prepare: installing the packages of package.json');
  run('npm', ['install', '--no-audit', '--no-fund']);
  if (packagesAreInstalled()) return;
  console.error('prepare: node_modules still differs from package.json after npm install');
  process.exit(1);
}

function installPrograms(missing) {
  const packages = missing.map((program) => program.package);
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    const variables = missing.flatMap((program) => program.variable ?? []);
    const otherwise = variables.length > 0 ? `, or set ${variables.join(' and ')} to a running server` : '';
    console.error(`prepare: install ${packages.join(', ')}${otherwise}`);
    process.exit(1);
  }
  console.log(`prepare: installing ${packages.join(', ')}`);
  // RUNLEVEL=1 tells the packages' scripts not to start the services: the tests start servers of their own.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  run('apt-get', [...wait, 'update'], env);
  run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], env);
}

if (!packagesAreInstalled()) installPackages();
const needed = programs.filter(({ testsOnly }) => testsOnly !== true || !process.argv.includes('--demo'));
const missing = needed.filter(
  ({ binary, variable }) => !(variable !== undefined && process.env[variable]) && !onPath(binary),
);
if (missing.length > 0) installPrograms(missing);
