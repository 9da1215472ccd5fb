'use strict';
// Builds build/ from src/: the CommonJS implementation with tsc, and a thin ESM wrapper around it, so that `require` and
// `import` give the same classes. Does nothing when nothing has changed since the last build.

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

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
    .filter((name) => /\.(m?ts|html|css)$/.test(name));
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
    const written = ['index.mjs', 'report/page.html'].every((name) => fs.existsSync(path.join(build, name)));
    return written && fs.readFileSync(stamp, 'utf8') === current;
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

const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/**
 * Writes the page of the report: one file with its style, its script and the plotting library in it, and the library's licence. Its
 * content security policy lets nothing else run, and nothing be fetched.
 */
function writeReportPage() {
  const source = path.join(root, 'src/report/page');
  const uplot = path.join(root, 'node_modules/uplot');
  const read = (...names) => fs.readFileSync(path.join(...names), 'utf8');
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [path.join(source, 'main.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    charset: 'ascii',
  });
  const notice = `/*! uPlot ${JSON.parse(read(uplot, 'package.json')).version}\n${read(uplot, 'LICENSE').trim()}\n*/\n`;
  const script = notice + outputFiles[0].text;
  const { code: style } = esbuild.transformSync(read(uplot, 'dist/uPlot.min.css') + read(source, 'style.css'), {
    loader: 'css',
    minify: true,
  });
  const parts = { 'style hash': hashOf(style), 'script hash': hashOf(script), style, script };
  const page = read(source, 'index.html').replace(/<!-- ([\w ]+) -->/g, (mark, name) => parts[name] ?? mark);
  fs.writeFileSync(path.join(build, 'report/page.html'), page);
}

const current = fingerprint();
if (!isUpToDate(current)) {
  compile(next);
  fs.rmSync(build, { recursive: true, force: true });
  fs.renameSync(next, build);
  writeEsmWrapper();
  writeReportPage();
  fs.writeFileSync(stamp, current);
}
