import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_CACHE_HITS, METRIC_CACHE_OPERATIONS } from '../../src/semconv';
import { temporaryFolder, until } from '../support/children';
import { ROOT, runFixture, startFixture } from '../support/fixture';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { freePort, type RedisServer, startRedis } from '../support/servers';
import { observe, total } from './observed';

const APPLICATION = 'preload-app.js';
const PRINTS = 'null Ada 1\n';
const OURS = ['GET profile:*', 'SET profile:*', 'GET profile:*', 'DEL profile:*'];
describe('the SDK that the preload starts', function () {
  this.timeout(60_000);
  let redis: RedisServer;

  const env = (variables: Record<string, string> = {}) => ({
    REDIS_URL: redis.url,
    OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false',
    ...variables,
  });

  before(async () => {
    // The tests share a key, one after the other.
    redis = await startRedis();
  });

  after(() => redis.stop());

  it('is called as OTEL_SERVICE_NAME says, and has the temporality that is preferred', async () => {
    const variables = { OTEL_SERVICE_NAME: 'shop', OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' };
    const { received, stdout, ours } = await observe(APPLICATION, { env: env(variables) });
    equal(stdout, PRINTS);
    deepEqual(ours, OURS);
    for (const { resource } of [...received.spans(), ...received.metrics()]) equal(resource['service.name'], 'shop');
    const counted = received.metrics().find(({ name }) => name === METRIC_CACHE_OPERATIONS)!;
    deepEqual([counted.temporality, total(received, METRIC_CACHE_OPERATIONS)], ['delta', 4]);
  });

  it('exports no metrics with OTEL_METRICS_EXPORTER=none', async () => {
    const { received, stdout, ours } = await observe(APPLICATION, { env: env({ OTEL_METRICS_EXPORTER: 'none' }) });
    equal(stdout, PRINTS);
    deepEqual(ours, OURS);
    deepEqual(received.metrics(), []);
  });

  it('leaves tracers to who comes later with OTEL_TRACES_EXPORTER=none', async () => {
    const { stdout, stderr } = await observe('preload-late-provider.js', { env: { OTEL_TRACES_EXPORTER: 'none' } });
    deepEqual([stdout, stderr], ['true true\n', '']);
  });

  it('exports no spans with OTEL_TRACES_EXPORTER=none', async () => {
    const { received, stdout } = await observe(APPLICATION, { env: env({ OTEL_TRACES_EXPORTER: 'none' }) });
    equal(stdout, PRINTS);
    deepEqual(received.spans(), []);
    equal(total(received, METRIC_CACHE_HITS), 1);
  });

  it('prints metrics with OTEL_METRICS_EXPORTER=console', async () => {
    const { stdout, ours } = await observe(APPLICATION, { env: env({ OTEL_METRICS_EXPORTER: 'console' }) });
    deepEqual(ours, OURS);
    match(stdout, /'cache\.hits'/);
    match(stdout, /'db\.client\.operation\.duration'/);
  });

  it('is scraped with OTEL_METRICS_EXPORTER=prometheus', async () => {
    const port = await freePort();
    const receiver = await startOtlpReceiver();
    const prometheus = {
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      // For OTLP alone: what is scraped grows for ever.
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    };
    const running = startFixture('preload-endings.js', {
      preload: 'require',
      env: { ...receiver.env(), ...env(prometheus) },
      args: ['signal'],
    });
    await running.printed(/^ready$/m);
    const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await until(async () => (await scrape()).includes('cache_misses_total'), 'the page has our metrics');
    const page = await scrape();
    running.child.kill('SIGTERM');
    equal((await running.done).signal, 'SIGTERM');
    await receiver.close();
    match(page, /^cache_misses_total\{[^}]*cache_key_pattern="session:\*"[^}]*\} 1( \d+)?$/m);
    match(page, /^db_client_operation_duration_bucket\{[^}]*le="\+Inf"[^}]*\} 1( \d+)?$/m);
    const types = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    equal(new Set(types).size, types.length, 'a metric is declared twice');
    for (const line of page.trim().split('\n')) match(line, /^(#.*|[a-z_]+(\{.*\})? (NaN|-?[\d.e+-]+)( \d+)?)$/i);
  });

  it('is set up by OTEL_CONFIG_FILE', async () => {
    const receiver = await startOtlpReceiver();
    const file = join(temporaryFolder(), 'otel.yaml');
    const exporter = (signal: string) => `otlp_http: { endpoint: "${receiver.endpoint}/v1/${signal}", encoding: json }`;
    writeFileSync(
      file,
      `file_format: "1.0"
resource: { attributes: [{ name: service.name, value: from-file }] }
tracer_provider:
  processors: [{ batch: { exporter: { ${exporter('traces')} } } }]
meter_provider:
  readers: [{ periodic: { exporter: { ${exporter('metrics')} } } }]
`,
    );
    const result = await runFixture(APPLICATION, { preload: 'require', env: env({ OTEL_CONFIG_FILE: file }) });
    await receiver.close();
    deepEqual([result.code, result.stdout], [0, PRINTS]);
    deepEqual(
      receiver.spans().map(({ name, resource }) => [name, resource['service.name']]),
      OURS.map((name) => [name, 'from-file']),
    );
    equal(total(receiver, METRIC_CACHE_HITS), 1);
  });

  for (const variables of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_INSTRUMENTATION_CACHE_ENABLED: 'false' }]) {
    it(`is not started, and nothing is done, with ${Object.entries(variables).flat().join('=')}`, async () => {
      const { code, stdout, stderr, received } = await observe('preload-inspects.js', { env: env(variables) });
      equal(code, 0);
      match(stdout, /^untouched$/m);
      equal(stderr, '');
      deepEqual([received.spans(), received.metrics()], [[], []]);
    });
  }

  it('is started once where the preload is given twice', async () => {
    const preload = join(ROOT, 'build/register.js');
    const variables = { OTEL_LOG_LEVEL: 'warn' };
    const { stdout, stderr, ours, received } = await observe(APPLICATION, {
      env: env(variables),
      nodeArgs: ['--import', preload],
    });
    equal(stdout, PRINTS);
    doesNotMatch(stderr, /./);
    deepEqual(ours, OURS);
    equal(total(received, METRIC_CACHE_OPERATIONS), 4);
  });
});
