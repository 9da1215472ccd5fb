import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { guard } from './children';

export const ROOT = resolve(__dirname, '../..');
const PRELOAD = join(ROOT, 'build/register.js');
const FIXTURES = join(ROOT, 'test/fixtures');

export interface FixtureOptions {
  /** How the built preload is given to Node; absent: not at all. */
  readonly preload?: 'require' | 'import';
  /** More of Node's own arguments, after the preload. */
  readonly nodeArgs?: readonly string[];
  /** The Node binary; default: the one that runs the tests. */
  readonly node?: string;
  /** Added to this process's environment less every `OTEL_*` and Node's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** After this long the program is killed, and the run fails. Default: 15 s. */
  readonly timeoutMs?: number;
}

export interface FixtureResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface RunningFixture {
  readonly child: ChildProcess;
  /** What was printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Waits until stdout or stderr matches; fails when the program ends before that. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
  /** The end of the program, whatever its exit code. */
  readonly done: Promise<FixtureResult>;
}

function environment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_|npm_|TSX_)/.test(name));
  return { ...Object.fromEntries(inherited), ...added };
}

function commandLine(file: string, options: FixtureOptions): string[] {
  if (options.preload !== undefined && !existsSync(PRELOAD)) throw new Error('the package is not built: npm run build');
  const preload = options.preload === undefined ? [] : [`--${options.preload}`, PRELOAD];
  return [...preload, ...(options.nodeArgs ?? []), resolve(FIXTURES, file), ...(options.args ?? [])];
}

class Running implements RunningFixture {
  readonly child: ChildProcess;
  readonly done: Promise<FixtureResult>;
  readonly #listeners = new Set<() => void>();
  #stdout = '';
  #stderr = '';

  constructor(file: string, options: FixtureOptions) {
    const started = performance.now();
    const spawned = spawn(options.node ?? process.execPath, commandLine(file, options), {
      cwd: options.cwd ?? ROOT,
      env: environment(options.env ?? {}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    spawned.stdout.setEncoding('utf8').on('data', (text: string) => this.#add(() => (this.#stdout += text)));
    spawned.stderr.setEncoding('utf8').on('data', (text: string) => this.#add(() => (this.#stderr += text)));
    this.child = guard(spawned);
    this.done = this.#untilClosed(file, started, options.timeoutMs ?? 15_000);
    // Who waits for `printed` alone hears of the failure there.
    this.done.catch(() => undefined);
  }

  output(): { stdout: string; stderr: string } {
    return { stdout: this.#stdout, stderr: this.#stderr };
  }

  printed(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const match = this.#stdout.match(pattern) ?? this.#stderr.match(pattern);
        if (match === null) return;
        this.#listeners.delete(check);
        resolve(match);
      };
      this.#listeners.add(check);
      check();
      this.done.then(() => reject(new Error(`the program ended and never printed ${pattern}${this.#shown()}`)), reject);
    });
  }

  #add(append: () => void): void {
    append();
    for (const listener of this.#listeners) listener();
  }

  #shown(): string {
    return `\n--- stdout\n${this.#stdout}\n--- stderr\n${this.#stderr}`;
  }

  #untilClosed(file: string, started: number, timeoutMs: number): Promise<FixtureResult> {
    return new Promise((resolve, reject) => {
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        this.child.kill('SIGKILL');
      }, timeoutMs);
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        clearTimeout(timer);
        if (timedOut) reject(new Error(`${file} was still running after ${timeoutMs} ms${this.#shown()}`));
        else resolve({ code, signal, ...this.output(), durationMs: performance.now() - started });
      });
    });
  }
}

/** Starts a program of `test/fixtures` (or any file, by its absolute path) as a process of its own. */
export function startFixture(file: string, options: FixtureOptions = {}): RunningFixture {
  return new Running(file, options);
}

/** Runs a program of `test/fixtures` to its end. */
export function runFixture(file: string, options: FixtureOptions = {}): Promise<FixtureResult> {
  return startFixture(file, options).done;
}
