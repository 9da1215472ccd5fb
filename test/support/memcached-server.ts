import { connect } from 'node:net';
import { end } from './children';
import { freePort, LOOPBACK, startProcess } from './redis-server';

export interface MemcachedServer {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as the client libraries take it. */
  readonly location: string;
  /** Absent where the server is not ours (`MEMCACHED_URL`). */
  readonly pid: number | undefined;
  /** Stops the process with SIGSTOP: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends the server; a server that is not ours is left alone. */
  stop(): Promise<void>;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, LOOPBACK, () => socket.write('version\r\n'));
    socket.once('data', (data) => {
      resolve(String(data).startsWith('VERSION'));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

function givenServer(value: string): MemcachedServer {
  const { hostname: host, port } = new URL(value.includes('://') ? value : `memcached://${value}`);
  const notOurs = (): never => {
    throw new Error('the server of MEMCACHED_URL is not ours to pause');
  };
  const location = `${host}:${port || 11211}`;
  const stop = (): Promise<void> => Promise.resolve();
  return { host, port: Number(port || 11211), location, pid: undefined, pause: notOurs, resume: notOurs, stop };
}

/**
 * Starts a Memcached server on a free loopback port and waits until it answers. Without arguments it is the server of
 * `MEMCACHED_URL` where that is set.
 */
export async function startMemcached(args?: readonly string[]): Promise<MemcachedServer> {
  const given = process.env['MEMCACHED_URL'];
  if (args === undefined && given) return givenServer(given);
  const port = await freePort();
  // Memcached refuses to run as root unless it is told so.
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const all = ['-l', LOOPBACK, '-p', String(port), '-U', '0', ...user, ...(args ?? [])];
  const child = await startProcess('memcached', all, () => answers(port));
  return {
    host: LOOPBACK,
    port,
    location: `${LOOPBACK}:${port}`,
    pid: child.pid,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: () => end(child),
  };
}
