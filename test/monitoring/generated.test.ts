import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from '../../monitoring/generate';
import { ROOT } from '../support/fixture';

const FOLDER = join(ROOT, 'monitoring');

describe('the monitoring files', () => {
  it('are what `npm run monitoring` writes', async function () {
    this.timeout(60_000);
    for (const [path, text] of await generatedFiles()) {
      const kept = readFileSync(join(FOLDER, path), 'utf8');
      assert.ok(kept === text, `monitoring/${path} is not what is generated: npm run monitoring`);
    }
  });

  it('have no file beside them that is no longer generated', async () => {
    const paths = [...(await generatedFiles()).keys()];
    const folders = new Set(paths.map((path) => dirname(path)));
    const kept = [...folders].flatMap((folder) => readdirSync(join(FOLDER, folder)).map((name) => `${folder}/${name}`));
    assert.deepEqual(kept.sort(), paths.sort());
  });
});
