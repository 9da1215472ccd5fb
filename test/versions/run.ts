// Runs a plain program under the preload with every supported version of its client, on every supported version of Node,
// and prints a table; and programs of every format under the preload, given to Node either way, and another. `--quick`: only
// this Node, only the oldest and the newest version of each client. Names of clients, or `preload`: only these.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, runFixture } from '../support/fixture';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { startMemcached, startRedis } from '../support/servers';
import { EXPECTATIONS } from './expectations';
import { installClient, installNode, supportsNode } from './installations';
import { checkPreload } from './preload';
import { connections, counts, lookups, summary } from './summary';

interface Client {
  readonly name: string;
  /** From the oldest to the newest. */
  readonly versions: readonly string[];
  /** The program in `test/fixtures`, less `-app.js`. */
  readonly program: keyof typeof EXPECTATIONS;
  /** Options, as JSON, that the newest version is run with too. */
  readonly variants?: readonly string[];
  /** Runs as a CommonJS program and as an ES module. */
  readonly bothFormats?: true;
  /** More counts than the program's own. */
  readonly counts?: Readonly<Record<string, number>>;
}

const CLIENTS: readonly Client[] = [
  {
    name: 'ioredis',
    versions: ['4.28.0', '4.28.5', '4.31.0', '5.0.0', '5.4.2', '5.11.1', '6.0.0'],
    program: 'ioredis',
    variants: ['{"protocol":3}'],
  },
  { name: 'iovalkey', versions: ['0.1.0', '0.4.0'], program: 'ioredis' },
  { name: 'redis', versions: ['4.0.0', '4.7.1', '5.0.0', '5.9.0', '5.12.1', '6.0.0', '6.3.1'], program: 'redis' },
  { name: 'memjs', versions: ['1.3.0', '1.3.2'], program: 'memjs' },
  { name: 'memcached', versions: ['2.2.0', '2.2.2'], program: 'memcached' },
  { name: 'generic-pool', versions: ['3.9.0'], program: 'pools' },
  { name: 'tarn', versions: ['3.0.0', '3.1.2'], program: 'pools' },
  {
    name: 'lru-cache',
    versions: ['10.0.0', '10.2.2', '10.4.3', '11.0.0', '11.2.7', '11.5.3'],
    program: 'sync-caches',
    bothFormats: true,
    counts: { 'cache.entries': 2, 'cache.evictions capacity': 3 },
  },
  {
    name: 'node-cache',
    versions: ['5.0.0', '5.1.2'],
    program: 'sync-caches',
    bothFormats: true,
    counts: { 'cache.entries': 5 },
  },
  {
    name: '@isaacs/ttlcache',
    versions: ['1.4.1', '2.0.0', '2.1.5'],
    program: 'sync-caches',
    bothFormats: true,
    counts: { 'cache.entries': 2, 'cache.evictions capacity': 3 },
  },
  {
    name: 'quick-lru',
    versions: ['5.0.0', '5.1.1', '6.0.0', '6.1.2', '7.0.0', '7.3.0'],
    program: 'sync-caches',
    bothFormats: true,
    counts: { 'cache.entries': 2, 'cache.evictions capacity': 3 },
  },
  { name: 'keyv', versions: ['4.0.0', '4.5.4', '5.0.1', '5.6.0', '6.1.0'], program: 'async-caches', bothFormats: true },
  {
    name: 'cache-manager',
    versions: ['5.0.0', '5.7.6', '6.0.0', '6.4.3', '7.0.0', '7.2.9'],
    program: 'async-caches',
    bothFormats: true,
  },
  { name: 'cacheable', versions: ['1.1.0', '1.10.4', '2.0.0', '2.5.0'], program: 'async-caches', bothFormats: true },
  { name: 'unstorage', versions: ['1.0.0', '1.17.6'], program: 'async-caches', bothFormats: true },
  { name: 'bentocache', versions: ['1.0.0', '1.6.1'], program: 'async-caches', bothFormats: true },
];

/** One line of the table. */
interface Run {
  readonly client: Client;
  readonly version: string;
  readonly options: string;
}

const THIS_NODE = process.versions.node;
const NODES = ['18.20.8', '20.6.1', THIS_NODE, '22.23.3', '24.21.0', '26.10.0'];
/** For the preload, which Node's own loaders concern: the very first that is supported. */
const PRELOAD_NODES = ['18.19.0', ...NODES.slice(1)];
const PRELOAD = 'preload';

interface Server {
  /** How a program is told of it. */
  readonly env: Record<string, string>;
  readonly address: string;
  stop(): Promise<void>;
}

async function startServer({ program }: Client): Promise<Server> {
  if (program === 'sync-caches' || program === 'async-caches')
    return { env: {}, address: '', stop: () => Promise.resolve() };
  if (program === 'memjs' || program === 'memcached') {
    const { location, stop } = await startMemcached();
    return { env: { MEMCACHED_URL: location }, address: location, stop };
  }
  const { url, host, port, stop } = await startRedis();
  return { env: { REDIS_URL: url }, address: `${host}:${port}`, stop };
}

/** Runs the program once; fails when anything of it was not as expected. */
async function check({ client, options }: Run, app: string, folder: string, node: string): Promise<void> {
  const [server, receiver] = await Promise.all([startServer(client), startOtlpReceiver()]);
  try {
    const expected = EXPECTATIONS[client.program];
    const { code, stdout, stderr } = await runFixture(join(folder, app), {
      preload: 'require',
      node,
      cwd: folder,
      env: { ...receiver.env(), ...server.env, OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' },
      args: [client.name, options],
      // Of a busy machine.
      timeoutMs: 90_000,
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trimEnd().split('\n'), expected.output);
    assert.equal(stderr, '');
    const spans = [...receiver.spans()].sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano));
    assert.deepEqual(
      spans.map(summary),
      expected.spans.map((span) => span.replace('{address}', server.address)),
    );
    assert.deepEqual(lookups(receiver.metrics()), expected.lookups);
    const pooled = expected.connections ?? {};
    assert.deepEqual(connections(receiver.metrics(), pooled), pooled);
    const counted = { ...expected.counts, ...client.counts };
    assert.deepEqual(counts(receiver.metrics(), counted), counted);
  } finally {
    await Promise.all([server.stop(), receiver.close()]);
  }
}

/** The lines of the table; the quick one has the oldest and the newest version of each client. */
function runs(quick: boolean, names: readonly string[]): Run[] {
  const wanted = CLIENTS.filter(({ name }) => names.length === 0 || names.includes(name));
  return wanted.flatMap((client) => {
    const { versions, variants = [] } = client;
    const plain = quick ? new Set([versions[0]!, versions.at(-1)!]) : versions;
    return [
      ...Array.from(plain, (version) => ({ client, version, options: '{}' })),
      ...variants.map((options) => ({ client, version: versions.at(-1)!, options })),
    ];
  });
}

/** Where each one's client is installed; the next one is being installed while one is used. */
async function* installedAhead(lines: readonly Run[]): AsyncGenerator<string> {
  const installed = ({ client, version }: Run) => installClient(client.name, version);
  let next: Promise<string> | undefined;
  for (const [index, run] of lines.entries()) {
    const folder = await (next ?? installed(run));
    const following = lines[index + 1];
    next = following && installed(following);
    // Who asks for it hears of the failure then.
    next?.catch(() => undefined);
    yield folder;
  }
}

/** Node versions and their binaries. */
async function nodes(versions: readonly string[]): Promise<[version: string, binary: string][]> {
  const found: [string, string][] = [];
  for (const version of versions) {
    found.push([version, version === THIS_NODE ? process.execPath : await installNode(version)]);
  }
  return found;
}

async function checkClients(quick: boolean, names: readonly string[]) {
  const columns = await nodes(quick ? [THIS_NODE] : NODES);
  const failures: string[] = [];
  let passed = 0;
  console.log(`| | ${columns.map(([version]) => version).join(' | ')} |\n|${' --- |'.repeat(columns.length + 1)}`);
  const lines = runs(quick, names);
  const installed = installedAhead(lines);
  for (const run of lines) {
    const { client, version, options } = run;
    const name = `${client.name} ${version}${options === '{}' ? '' : ` ${options}`}`;
    const folder = (await installed.next()).value as string;
    const apps = client.bothFormats === true ? ['app.js', 'app.mjs'] : ['app.js'];
    for (const app of apps) copyFileSync(join(ROOT, `test/fixtures/${client.program}-${app}`), join(folder, app));
    const cells: string[] = [];
    for (const [nodeVersion, node] of columns) {
      if (!supportsNode(folder, client.name, nodeVersion)) {
        cells.push('-');
        continue;
      }
      let failure: string | undefined;
      for (const app of apps) {
        const wrong = await check(run, app, folder, node).then(() => undefined, String);
        if (wrong !== undefined) failure = `${failure ?? ''}${app}: ${wrong}\n`;
      }
      if (failure === undefined) passed++;
      else failures.push(`${name} on Node ${nodeVersion}:\n${failure}`);
      cells.push(failure === undefined ? 'passed' : 'FAILED');
    }
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  return { passed, failures };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean' } }, allowPositionals: true });
  const quick = values.quick === true;
  const all = positionals.length === 0;
  const clients = positionals.filter((name) => name !== PRELOAD);
  const results = [];
  if (all || clients.length > 0) results.push(await checkClients(quick, clients));
  if (all || positionals.includes(PRELOAD)) {
    results.push(await checkPreload(await nodes(quick ? [THIS_NODE] : PRELOAD_NODES)));
  }
  const failures = results.flatMap((result) => result.failures);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  console.log(`versions: ${passed} passed, ${failures.length} failed; '-': that client does not support that Node`);
  if (failures.length === 0) return;
  console.error(failures.join('\n\n'));
  process.exitCode = 1;
}

void main();
