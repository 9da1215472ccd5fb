'use strict';
// `npm test`: runs the tests, some files of a folder in a mocha of their own, as many mochas at the same time as there are
// cores; what measures time comes last, by itself. What a mocha has printed is shown when it ends, what it has said of its
// failures once more at the end of all, and the last line is always `N passed, M failed`.
//
//   npm test -- [file or folder]... [--jobs N] [options of mocha]

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const MOCHA = path.join(root, 'node_modules/mocha/bin/mocha.js');

/** More would share the start of a process, but the modules of the ones before slow down the ones after. */
const FILES_OF_A_GROUP = 5;

/** They hold what they measure to a limit, or find a cache slow by it: nothing else may have the machine meanwhile. */
const ALONE = new Set(['test/app/time-limits.test.ts', 'test/demo.test.ts', 'test/report/findings.test.ts']);

/** They run programs: begun first, so that the last ones to end are short. */
const LONG = new Set(['test/in-process', 'test/monitoring', 'test/peers', 'test/pools', 'test/preload', 'test/report']);

/** The files to be run, less what the arguments leave out, and the arguments that are mocha's. */
function parse(args) {
  const first = args.findIndex((argument) => argument.startsWith('-'));
  const places = first === -1 ? args : args.slice(0, first);
  const options = first === -1 ? [] : args.slice(first);
  const at = options.indexOf('--jobs');
  const [, jobs] = at === -1 ? [] : options.splice(at, 2);
  const files = (places.length === 0 ? ['test'] : places).flatMap(filesIn);
  return { files: [...new Set(files)].sort(), jobs: Number(jobs ?? os.availableParallelism()), options };
}

function filesIn(place) {
  if (!fs.statSync(path.resolve(root, place)).isDirectory()) return [place];
  const names = fs.readdirSync(path.resolve(root, place), { recursive: true });
  return names.filter((name) => name.endsWith('.test.ts')).map((name) => path.join(place, name));
}

/** What a mocha that failed says of it: from its summary on, or its last words where it has not come so far. */
function failureIn(output) {
  const summary = output.lastIndexOf(' passing (');
  return output.slice(summary === -1 ? -2000 : output.lastIndexOf('\n', summary)).trim();
}

const isLong = ([file]) => LONG.has(path.dirname(file));
const sizeOf = (files) => files.reduce((sum, file) => sum + fs.statSync(path.resolve(root, file)).size, 0);

/** Files of one folder each, the long and the large groups first. */
function groupsOf(files) {
  const folders = new Map();
  for (const file of files) {
    const folder = path.dirname(file);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const groups = [...folders.values()].flatMap((all) => {
    const count = Math.ceil(all.length / FILES_OF_A_GROUP);
    return Array.from({ length: count }, (_, index) => all.filter((_, at) => at % count === index));
  });
  return groups.sort((one, other) => isLong(other) - isLong(one) || sizeOf(other) - sizeOf(one));
}

class Run {
  #options;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cache-tests-'));
  /** What runs, and what it has printed so far. */
  #running = new Map();
  passed = 0;
  failed = 0;
  skipped = 0;
  /** The groups that have failed, and what they said of it. */
  broken = [];

  constructor(options) {
    this.#options = options;
  }

  /** Runs the groups one after the other; several may take from the same list. */
  async drain(groups) {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) await this.#mocha(group);
  }

  /** Ends what runs, and shows what it has printed. */
  abort() {
    for (const [child, output] of this.#running) {
      child.kill();
      process.stdout.write(Buffer.concat(output));
    }
    this.close();
  }

  close() {
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  async #mocha(files) {
    const counts = path.join(this.#folder, `${files[0].replaceAll(path.sep, '-')}.counts`);
    // A group may have none of the tests that an option asks for: what counts is that there are some in all.
    const args = [MOCHA, '--no-fail-zero', process.stdout.isTTY ? '--color' : '--no-color', ...this.#options, ...files];
    const env = { ...process.env, TEST_COUNTS: counts };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = performance.now();
    const output = [];
    this.#running.set(child, output);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    this.#running.delete(child);
    const printed = Buffer.concat(output);
    process.stdout.write(printed);
    console.log(`--- ${((performance.now() - started) / 1000).toFixed(0)} s: ${files.join(' ')}\n`);
    if (!this.#count(code, counts)) this.broken.push({ files, failure: failureIn(printed.toString()) });
  }

  /** Whether all is good. */
  #count(code, counts) {
    // Without counts the process has not come to the end of its tests, whatever its code.
    const isOver = fs.existsSync(counts);
    const [passed, failed, skipped] = isOver
      ? fs.readFileSync(counts, 'utf8').trim().split(' ').map(Number)
      : [0, 0, 0];
    const isGood = isOver && code === 0;
    this.passed += passed;
    // Also what fails beside the tests is a failure.
    this.failed += isGood ? failed : Math.max(failed, 1);
    this.skipped += skipped;
    return isGood;
  }
}

function report({ passed, failed, skipped, broken }) {
  for (const { files, failure } of broken) {
    console.log(`${failure}\n\n*** failed: npx mocha ${files.join(' ')}\n`);
  }
  if (process.env.TEST_COUNTS) fs.writeFileSync(process.env.TEST_COUNTS, `${passed} ${failed} ${skipped}\n`);
  else console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

async function main() {
  // One that was renamed would lose its place in silence.
  for (const place of [...ALONE, ...LONG]) fs.accessSync(path.join(root, place));
  const { files, jobs, options } = parse(process.argv.slice(2));
  const run = new Run(options);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      run.abort();
      process.exit(1);
    });
  }
  const groups = groupsOf(files.filter((file) => !ALONE.has(file)));
  await Promise.all(Array.from({ length: jobs }, () => run.drain(groups)));
  await run.drain(groupsOf(files.filter((file) => ALONE.has(file))));
  run.close();
  report(run);
  process.exitCode = run.failed === 0 && run.passed > 0 ? 0 : 1;
}

void main();
