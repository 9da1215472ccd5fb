import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const alive = new Set<ChildProcess>();
const folders = new Set<string>();
let hooked = false;

/** Ends and removes what is left when this process goes. */
function cleanUpAtExit(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const child of alive) child.kill('SIGKILL');
    for (const folder of folders) removeFolder(folder);
  });
  // Without a listener these signals end the process with no 'exit' event.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

/** Makes sure that a child does not outlive this process. */
export function guard<T extends ChildProcess>(child: T): T {
  cleanUpAtExit();
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

/** Makes a folder that is gone when this process is, if not before. */
export function temporaryFolder(): string {
  cleanUpAtExit();
  const folder = mkdtempSync(join(tmpdir(), 'cache-test-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.delete(folder);
}

/** Kills a child, also a paused one, and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Asks again and again until the answer is truthy; fails with `what` and the last error when it never is. */
export async function until<T>(ask: () => Promise<T> | T, what: string, timeoutMs = 15_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) throw new Error(`timed out after ${timeoutMs} ms: ${what}`, { cause: lastError });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits for all that is being started; where something fails to start, what has started is stopped. */
export async function startAll<T extends { stop(): Promise<void> }>(starting: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.all(started.map((one) => one.stop()));
  throw failed.reason;
}
