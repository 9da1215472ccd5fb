import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installClient } from '../versions/installations';

/**
 * Loads a version of a client library from a folder of its own, where it is installed at the first time.
 * @param part a package that came with it, to be loaded in its place
 */
export async function loadVersion(name: string, version: string, part = name): Promise<unknown> {
  const folder = await installClient(name, version);
  return createRequire(join(folder, 'index.js'))(part);
}
