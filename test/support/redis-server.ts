import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { end, guard, removeFolder, temporaryFolder, until } from './children';
import { call, type Address, type Reply } from './resp';

export const LOOPBACK = '127.0.0.1';

export interface RedisOptions {
  /** More arguments of `redis-server`. */
  readonly args?: readonly string[];
  /** Listen on a Unix socket too. */
  readonly unixSocket?: boolean;
  /** Speak TLS only, with a certificate made for this server. */
  readonly tls?: boolean;
  readonly password?: string;
}

export interface RedisServer extends Address {
  readonly url: string;
  /** The Unix socket, where one was asked for. */
  readonly path: string | undefined;
  /** Absent where the server is not ours (`REDIS_URL`). */
  readonly pid: number | undefined;
  /** Sends a command over a connection of its own. */
  call(...command: readonly (string | number)[]): Promise<Reply>;
  /** Stops the process with SIGSTOP: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends the server; a server that is not ours is left alone. */
  stop(): Promise<void>;
}

/** Below those that the system gives to outgoing connections: these take a free port at any moment. */
const PORTS = { first: 11_000, count: 21_000 };
/** Test processes that run at the same time are to look in different places. */
let tried = (process.pid * 151) % PORTS.count;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}

/** A port that nobody listens on at this moment, and that was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    tried = (tried + 1) % PORTS.count;
    const port = PORTS.first + tried;
    if (await isFree(port)) return port;
  }
}

/** Makes a self-signed certificate for this machine. */
function makeCertificate(folder: string): { key: string; cert: string; ca: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,IP:${LOOPBACK}`];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key, cert, ca: readFileSync(cert, 'utf8') };
}

function serverArguments(options: RedisOptions, port: number, folder: string, path: string | undefined): string[] {
  const args = ['--bind', LOOPBACK, '--dir', folder, '--save', '', '--appendonly', 'no'];
  // A replica need not wait for others that might want the same data.
  args.push('--repl-diskless-sync-delay', '0');
  if (path !== undefined) args.push('--unixsocket', path);
  if (options.password !== undefined) args.push('--requirepass', options.password);
  if (!options.tls) return [...args, '--port', String(port), ...(options.args ?? [])];
  const { key, cert } = makeCertificate(folder);
  args.push('--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no');
  return [...args, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, ...(options.args ?? [])];
}

/** Starts a program and waits until `isReady`; fails with what it printed when it ends before that. */
export async function startProcess(
  command: string,
  args: readonly string[],
  isReady: () => Promise<boolean>,
): Promise<ChildProcess> {
  let output = '';
  let failure: Error | undefined;
  const child = guard(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  child.stdout.on('data', (chunk) => (output = (output + String(chunk)).slice(-5000)));
  child.stderr.on('data', (chunk) => (output = (output + String(chunk)).slice(-5000)));
  child.once('error', (error) => (failure = error));
  child.once('exit', (code) => (failure ??= new Error(`${command} ended with ${code}:\n${output}`)));
  try {
    await until(() => failure !== undefined || isReady(), `${command} is ready`);
    if (failure !== undefined) throw failure;
  } catch (error) {
    if (child.pid !== undefined) await end(child);
    throw error;
  }
  return child;
}

/** A handle of the server that `REDIS_URL` names. */
function givenServer(url: string): RedisServer {
  const { hostname, port, password } = new URL(url);
  const address = { host: hostname, port: Number(port || 6379), password: decodeURIComponent(password) || undefined };
  const notOurs = (): never => {
    throw new Error('the server of REDIS_URL is not ours to pause');
  };
  return {
    ...address,
    url,
    path: undefined,
    pid: undefined,
    call: (...command) => call(address, ...command),
    pause: notOurs,
    resume: notOurs,
    stop: () => Promise.resolve(),
  };
}

async function launch(options: RedisOptions, folder: string): Promise<RedisServer> {
  const port = await freePort();
  const path = options.unixSocket ? join(folder, 'redis.sock') : undefined;
  const args = serverArguments(options, port, folder, path);
  const tlsCa = options.tls ? readFileSync(join(folder, 'cert.pem'), 'utf8') : undefined;
  const address = { host: LOOPBACK, port, tlsCa, password: options.password };
  const child = await startProcess('redis-server', args, async () => (await call(address, 'PING')) === 'PONG');
  const credentials = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  return {
    ...address,
    url: `${options.tls ? 'rediss' : 'redis'}://${credentials}${LOOPBACK}:${port}`,
    path,
    pid: child.pid,
    call: (...command) => call(address, ...command),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      await end(child);
      removeFolder(folder);
    },
  };
}

/**
 * Starts a Redis server on a free loopback port and waits until it answers. Without options it is the server of
 * `REDIS_URL` where that is set: tests use keys of their own.
 */
export async function startRedis(options?: RedisOptions): Promise<RedisServer> {
  const given = process.env['REDIS_URL'];
  if (options === undefined && given) return givenServer(given);
  for (let attempt = 1; ; attempt++) {
    const folder = temporaryFolder();
    try {
      return await launch(options ?? {}, folder);
    } catch (error) {
      removeFolder(folder);
      // Another process may have taken the port in between.
      if (attempt === 3 || !String(error).includes('in use')) throw error;
    }
  }
}
