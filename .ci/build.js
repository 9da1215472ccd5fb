'use strict';
// Builds build/ from src/: the CommonJS implementation with tsc, and a thin ESM wrapper around it, so that `require` and
// `import` give the same classes. Does nothing when nothing has changed since the last build.

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const build = path.join(root, 'build');
// Compiled here first: a type error leaves the last one as it was.
const next = path.join(root, 'node_modules', '.cache', `build-${process.pid}`);
const stamp = path.join(build, '.stamp');

/** A hash of everything that a build depends on. */
function fingerprint() {
  const sources = fs
    .readdirSync(path.join(root, 'src'), { recursive: true })
    .map((name) => path.join('src', name))
    .filter((name) => /\.m?ts$/.test(name));
  const hash = createHash('sha256');
  for (const name of [...sources.sort(), 'package.json', 'tsconfig.json', '.ci/build.js']) {
    hash
      .update(`${name}\0`)
      .update(fs.readFileSync(path.join(root, name)))
      .update('\0');
  }
  return hash.digest('hex');
}

function isUpToDate(current) {
  try {
    return fs.readFileSync(stamp, 'utf8') === current && fs.existsSync(path.join(build, 'index.mjs'));
  } catch {
    return false;
  }
}

/** Writes the ESM entry; the names come from the built module itself. */
function writeEsmWrapper() {
  const names = Object.keys(require(path.join(build, 'index.js'))).sort();
  const code = `import cjs from './index.js';\n\nexport const { ${names.join(', ')} } = cjs;\n`;
  fs.writeFileSync(path.join(build, 'index.mjs'), code);
  fs.writeFileSync(path.join(build, 'index.d.mts'), `export * from './index.js';\n`);
}

function compile(folder) {
  const tsc = path.join('node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', '.', '--noEmitOnError', '--outDir', folder];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const current = fingerprint();
if (!isUpToDate(current)) {
  compile(next);
  fs.rmSync(build, { recursive: true, force: true });
  fs.renameSync(next, build);
  writeEsmWrapper();
  fs.writeFileSync(stamp, current);
}
