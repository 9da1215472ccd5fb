import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../support/fixture';

/** Runs promtool in the repository; fails with all that it printed. */
export async function promtool(...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)('promtool', args, { cwd: ROOT })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}
