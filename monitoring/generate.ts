// Writes the files for Prometheus and Grafana. They are kept in the repository, so that they can be used as they are;
// `test/monitoring/generated.test.ts` fails where one of them is not what this would write.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { dashboard } from './dashboard';
import { ROUTES } from './names';
import { ruleFile } from './rule-file';

/** Each file by its path below this folder, formatted as the repository is. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const route of ROUTES) {
    files.set(`prometheus/cache.${route}.rules.yml`, ruleFile(route));
    files.set(`grafana/caches.${route}.json`, dashboard(route));
  }
  const config = await resolveConfig(__filename);
  for (const [path, text] of files) files.set(path, await format(text, { ...config, filepath: path }));
  return files;
}

async function write(): Promise<void> {
  for (const [path, text] of await generatedFiles()) {
    const file = join(__dirname, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`monitoring/${path}`);
  }
}

if (require.main === module) void write();
