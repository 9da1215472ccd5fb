// Runs a plain program under the preload with every supported version of its client, on every supported version of Node,
// and prints a table. `--quick`: only this Node, only the oldest and newest version of each major.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { end } from '../support/children';
import { ROOT, startFixture } from '../support/fixture';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { startRedis } from '../support/servers';
import { installClient, installNode } from './installations';
import { LOOKUPS, lookups, OUTPUT, SPANS, summary } from './ioredis';

interface Client {
  readonly name: string;
  readonly version: string;
  /** Options of the client, as JSON. */
  readonly options?: string;
  /** Neither the oldest nor the newest of its major. */
  readonly between?: boolean;
}

const CLIENTS: readonly Client[] = [
  { name: 'ioredis', version: '4.28.0' },
  { name: 'ioredis', version: '4.28.5', between: true },
  { name: 'ioredis', version: '4.31.0' },
  { name: 'ioredis', version: '5.0.0' },
  { name: 'ioredis', version: '5.4.2', between: true },
  { name: 'ioredis', version: '5.11.1' },
  { name: 'ioredis', version: '6.0.0' },
  { name: 'ioredis', version: '6.0.0', options: '{"protocol":3}' },
  { name: 'iovalkey', version: '0.1.0' },
  { name: 'iovalkey', version: '0.4.0' },
];

const THIS_NODE = process.versions.node;
const NODES = ['18.20.8', '20.6.1', THIS_NODE, '22.23.3', '24.21.0', '26.10.0'];

/** Runs the program once; fails when anything of it was not as expected. */
async function check(client: Client, folder: string, node: string): Promise<void> {
  const [redis, receiver] = await Promise.all([startRedis({}), startOtlpReceiver()]);
  const program = startFixture(join(folder, 'app.js'), {
    preload: 'require',
    node,
    cwd: folder,
    env: {
      ...receiver.env(),
      REDIS_URL: redis.url,
      OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false',
    },
    args: [client.name, client.options ?? '{}'],
  });
  try {
    const { code, stdout, stderr } = await program.done;
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trimEnd().split('\n'), OUTPUT);
    assert.equal(stderr, '');
    const expected = SPANS.map((span) => span.replace('{address}', `${redis.host}:${redis.port}`));
    const spans = [...receiver.spans()].sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano));
    assert.deepEqual(spans.map(summary), expected);
    assert.deepEqual(lookups(receiver.metrics()), LOOKUPS);
  } finally {
    await Promise.all([end(program.child), redis.stop(), receiver.close()]);
  }
}

async function main(): Promise<void> {
  const quick = process.argv.includes('--quick');
  const clients = CLIENTS.filter(({ between }) => !quick || !between);
  const versions = quick ? [THIS_NODE] : NODES;
  const nodes = new Map<string, string>();
  for (const version of versions) {
    nodes.set(version, version === THIS_NODE ? process.execPath : await installNode(version));
  }
  const failures: string[] = [];
  console.log(`| | ${versions.join(' | ')} |\n|${' --- |'.repeat(versions.length + 1)}`);
  for (const client of clients) {
    const { name, version, options = '' } = client;
    const folder = await installClient(name, version);
    copyFileSync(join(ROOT, 'test/fixtures/ioredis-app.js'), join(folder, 'app.js'));
    const cells: string[] = [];
    for (const [nodeVersion, node] of nodes) {
      const failure = await check(client, folder, node).then(() => undefined, String);
      if (failure !== undefined) failures.push(`${name} ${version} ${options} on Node ${nodeVersion}:\n${failure}`);
      cells.push(failure === undefined ? 'passed' : 'FAILED');
    }
    console.log(`| ${`${name} ${version} ${options}`.trim()} | ${cells.join(' | ')} |`);
  }
  console.log(`${clients.length * versions.length - failures.length} passed, ${failures.length} failed`);
  if (failures.length === 0) return;
  console.error(failures.join('\n\n'));
  process.exitCode = 1;
}

void main();
