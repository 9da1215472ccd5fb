import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADAPTERS } from '../src/adapters';
import { CLIENT_NAMES, ENVIRONMENT_PREFIX, OPTIONS, resolveSettings } from '../src/config';
import { TROUBLES } from '../src/report/troubles';
import * as semconv from '../src/semconv';
import { COUNTERS, HIT_RATE, histograms, LATENCY, levels } from '../src/telemetry/metrics/catalogue';
import { ROOT } from './support/fixture';

const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
const ofBenchmark = readFileSync(join(ROOT, 'benchmark', 'README.md'), 'utf8');

/** The text below a heading, up to the next one of any level. */
function section(heading: string): string {
  const start = text.indexOf(`\n${heading}\n`);
  assert.notEqual(start, -1, `no heading '${heading}'`);
  const rest = text.slice(start + heading.length + 2);
  return rest.slice(0, /\n#+ /.exec(rest)?.index);
}

/** The rows of the first table in a text; backticks are left out. */
function table(of: string): string[][] {
  const rows = of
    .slice(of.indexOf('\n|') + 1)
    .split('\n\n')[0]!
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1));
  return rows.slice(2).map((cells) => cells.map((cell) => cell.replaceAll('`', '').trim()));
}

const column = (rows: string[][], index: number): string[] => rows.map((row) => row[index]!);

function namesOf(prefix: string): string[] {
  const entries = Object.entries(semconv).filter(([name]) => name.startsWith(prefix));
  return entries.map(([, value]) => value).sort();
}

/** The range that covers several adjacent ones: from the lowest lower end to the highest upper end. */
function span(ranges: readonly string[]): string {
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const ends = (from: string): string[] =>
    ranges.flatMap((range) => range.split(' ').filter((end) => end.startsWith(from))).sort(compare);
  return `${ends('>=')[0]} ${ends('<').at(-1)}`;
}

describe('the README', () => {
  it('says in its first lines what this is, and the two commands', () => {
    const first = text.split('\n').slice(0, 10).join('\n');
    assert.match(first, /^# opentelemetry-instrumentation-cache\n\n\S.* caches /);
    assert.match(first, /npm run demo/);
    assert.match(first, /npm test/);
  });

  it('has every option, its variable and its default', () => {
    const expected = Object.entries(OPTIONS).map(([name, { variable, defaultText }]) => [
      name,
      variable ?? '',
      defaultText.replaceAll('`', ''),
    ]);
    assert.deepEqual(
      table(section('## Options')).map((row) => row.slice(0, 3)),
      expected,
    );
    assert.ok(section('## Options').includes(ENVIRONMENT_PREFIX));
  });

  it('names no variable that there is not', () => {
    const known = new Set([
      'DIAGNOSE',
      '',
      ...Object.values(OPTIONS).map(({ variable }: { variable?: string }) => variable),
    ]);
    for (const [, name] of text.matchAll(new RegExp(`${ENVIRONMENT_PREFIX}(\\w*)`, 'g')))
      assert.ok(known.has(name), name);
  });

  it('has every attribute', () => {
    const ofMetrics = column(table(section('## Metrics')), 3).flatMap((names) => names.split(', '));
    const documented = new Set([...column(table(section('## Spans')), 0), ...ofMetrics]);
    assert.deepEqual([...documented].sort(), namesOf('ATTR_'));
    for (const name of namesOf('EVENT_')) assert.ok(section('## Spans').includes(`\`${name}\``), name);
    assert.deepEqual(column(table(section('### Older names')), 0).sort(), namesOf('LEGACY_ATTR_'));
  });

  it('has every metric with its instrument, unit and attributes that there are', () => {
    const rows = table(section('## Metrics'));
    const expected = [
      ...COUNTERS.map(({ name, unit }) => [name, 'Counter', unit]),
      ...histograms(resolveSettings({}, {})).map(({ name, unit }) => [name, 'Histogram', unit]),
      ...levels(resolveSettings({}, {})).map(({ name, unit }) => [name, 'UpDownCounter', unit]),
      [HIT_RATE.name, 'Gauge', HIT_RATE.unit],
    ];
    assert.deepEqual(rows.map((row) => row.slice(0, 3)).sort(), expected.sort());
    assert.deepEqual(column(rows, 0).sort(), namesOf('METRIC_'));
    assert.ok(section('### Older names').includes(`\`${LATENCY.name}\` (Histogram, \`${LATENCY.unit}\``));
    const older = resolveSettings({ semconv: 'dup' }, {});
    const legacy = [...levels(older), ...histograms(older)].filter((metric) => metric.legacy === true);
    assert.deepEqual(
      namesOf('LEGACY_METRIC_'),
      column(
        legacy.map(({ name }) => [name]),
        0,
      ).sort(),
    );
    for (const { name } of legacy) assert.ok(section('### Older names').includes(`\`${name}\``), name);
    assert.ok(text.includes(semconv.SCOPE_NAME) && text.includes(semconv.LEGACY_SCOPE_NAME));
  });

  it('has every client with the versions that are observed', () => {
    const rows = table(section('## Clients'));
    // Users know it by the version of `redis`: its version 4 is made of `@redis/client` 1.
    const known = (range: string) => range.replace(/^>=1\.0\.0 <7$/, '>=4.0.0 <7');
    const expected = ADAPTERS.map(({ name, modules }) => {
      // What ioredis reads replies with has versions of its own.
      const own = modules.filter(({ module }) => module !== 'redis-parser');
      return [name, known(span(own.flatMap(({ versions }) => versions)))];
    });
    assert.deepEqual(
      rows.map((row) => row.slice(0, 2)),
      expected,
    );
    assert.deepEqual(column(rows, 0).sort(), [...CLIENT_NAMES].sort());
  });

  it('shows the output of the demo', () => {
    const [, output = ''] =
      /<!-- demo output -->\n\n```text\n([^]*?)```\n\n<!-- end of demo output -->/.exec(text) ?? [];
    assert.match(output, /product:\* +products +MISS/);
    assert.match(output, /product:\* +products +HIT/);
    assert.match(output, /^Where to go next$/m);
    assert.doesNotMatch(output, new RegExp(ROOT));
  });

  it('shows the report that the demo writes of its troubles', () => {
    const [, output = ''] =
      /<!-- report output -->\n\n```text\n([^]*?)```\n\n<!-- end of report output -->/.exec(text) ?? [];
    for (const { title } of Object.values(TROUBLES)) assert.match(output, new RegExp(`\\d\\. ${title}: `), title);
    assert.doesNotMatch(output, new RegExp(ROOT));
  });

  it('has every trouble with what makes it a finding', () => {
    const found = section('## The cache report').split('What makes a finding:')[1]!;
    const expected = Object.entries(TROUBLES).map(([trouble, { title, trigger, nearly }]) => [
      trouble,
      title,
      trigger,
      nearly,
    ]);
    assert.deepEqual(table(found), expected);
  });

  it('shows the self-report as it is', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.ok(text.includes(`\n${semconv.SCOPE_NAME} ${version}, diagnosis (exit)\n  ioredis `));
    const others = CLIENT_NAMES.filter((name) => name !== 'ioredis');
    assert.ok(text.includes(`\n  not loaded: ${others.join(', ')}\n`));
  });

  it('names only files and headings that there are', () => {
    const files =
      /(?:`|\]\(|node (?:--\S+ )?)((?:\.\/)?(?:src|test|examples|benchmark|monitoring|\.ci)\/[\w./-]+|LICENSE)/g;
    const named = [...text.matchAll(files), ...ofBenchmark.matchAll(files)];
    assert.ok(named.length > 10);
    for (const [, file] of named) assert.ok(existsSync(join(ROOT, file!)), file);
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(' ', '-'));
    const linked = [...text.matchAll(/\]\(#([\w-]+)\)/g), ...ofBenchmark.matchAll(/\]\(\.\.\/README\.md#([\w-]+)\)/g)];
    for (const [, anchor] of linked) assert.ok(anchors.includes(anchor!), anchor);
  });

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    for (const [, script] of `${text}${ofBenchmark}`.matchAll(/npm run ([\w:]+)/g))
      assert.ok(script! in scripts, script);
  });

  it('has code that runs', function () {
    this.timeout(60_000);
    const blocks = [...text.matchAll(/^```js\n([^]*?)^```/gm)];
    assert.ok(blocks.length >= 3);
    const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_)/.test(name));
    const env = {
      ...Object.fromEntries(inherited),
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
    };
    for (const [, code] of blocks) {
      const result = spawnSync(process.execPath, ['-e', code!], { cwd: ROOT, env, encoding: 'utf8', timeout: 15_000 });
      assert.deepEqual([result.status, result.stderr], [0, ''], code);
    }
  });
});
