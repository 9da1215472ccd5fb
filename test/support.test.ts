import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { metrics, trace } from '@opentelemetry/api';
import { temporaryFolder } from './support/children';
import { ROOT, runFixture, startFixture } from './support/fixture';
import { startOtlpReceiver } from './support/otlp-receiver';
import { createSdk } from './support/sdk';
import { startMemcached, startRedis, startRedisCluster, startSentinel } from './support/servers';

describe('test support', () => {
  it('starts Redis, pauses it, and stops it', async () => {
    const redis = await startRedis({ unixSocket: true, password: 'p@ss' });
    equal(await redis.call('SET', 'key', 'välue'), 'OK');
    redis.pause();
    redis.resume();
    equal(await redis.call('STRLEN', 'key'), 6);
    await redis.stop();
    await rejects(redis.call('PING'), { code: 'ECONNREFUSED' });
  });

  it('starts Redis with TLS', async () => {
    const redis = await startRedis({ tls: true });
    equal(await redis.call('PING'), 'PONG');
    match(redis.url, /^rediss:/);
    await redis.stop();
  });

  it('says why Redis does not start', async () => {
    await rejects(startRedis({ args: ['--no-such-setting', '1'] }), /no-such-setting/);
  });

  it('starts Memcached', async () => {
    const memcached = await startMemcached([]);
    ok(memcached.pid);
    await memcached.stop();
  });

  it('forms a cluster of three masters with replicas', async () => {
    const cluster = await startRedisCluster({ replicas: 3 });
    const [first] = cluster.masters;
    match(String(await first!.call('CLUSTER', 'INFO')), /cluster_slots_assigned:16384/);
    equal(cluster.replicas.length, 3);
    await cluster.stop();
  });

  it('starts sentinels that can fail over', async () => {
    const set = await startSentinel();
    equal(set.sentinels.length, 3);
    await set.failover();
    match(String(await set.replica.call('INFO', 'replication')), /role:master/);
    await set.stop();
  });

  it('receives what a real exporter sends', async () => {
    const receiver = await startOtlpReceiver();
    const env = { ...receiver.env(), OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' };
    const result = await runFixture('sdk-app.js', { env, args: ['now'] });
    equal(result.code, 0, result.stderr);
    equal(result.stdout, 'done now\n');
    const [inner, outer] = await receiver.waitFor((r) => (r.spans().length === 2 ? r.spans() : undefined), 'two spans');
    deepEqual(inner!.attributes, { text: 'a', count: 3, list: ['x'] });
    deepEqual(inner!.status, { code: 'ERROR', message: 'broken' });
    deepEqual([inner!.kind, inner!.parentSpanId, inner!.traceId], ['CLIENT', outer!.spanId, outer!.traceId]);
    deepEqual([outer!.parentSpanId, outer!.scope], [undefined, { name: 'app', version: '1.2.3' }]);
    equal(outer!.resource['service.name'], 'fixture');
    const orders = receiver.metrics().find((metric) => metric.name === 'orders')!;
    deepEqual([orders.value, orders.attributes, orders.temporality], [3, { kind: 'book' }, 'cumulative']);
    const price = receiver.metrics().find((metric) => metric.name === 'order.price')!.histogram!;
    deepEqual([price.count, price.bounds, price.bucketCounts], [1, [10, 20], [0, 1, 0]]);
    await rejects(
      receiver.waitFor(() => false, 'the impossible', 50),
      /the impossible[^]*inner, outer/,
    );
    await receiver.close();
  });

  it('kills a program that hangs, and shows what it printed', async () => {
    const file = join(temporaryFolder(), 'hang.js');
    writeFileSync(file, `console.log('alive'); setInterval(() => {}, 1000);`);
    const running = startFixture(file, { timeoutMs: 1000 });
    await running.printed(/alive/);
    await rejects(running.done, /still running after 1000 ms[^]*alive/);
  });

  it('fails a run that leaves something open, and says where it was made', async () => {
    const file = join(temporaryFolder(), 'leak.test.cjs');
    writeFileSync(file, `it('leaks', () => {\n  setTimeout(() => {}, 60_000).ref();\n});\n`);
    const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
    const { code, stdout, stderr } = await runFixture(mocha, {
      args: [file],
      env: { TEST_COUNTS: '' },
      timeoutMs: 55_000,
    });
    match(stdout, /^1 passed, 0 failed$/m);
    match(stderr, /^Still open after the tests: .*Timeout\nTimeout\n +at .*leak\.test\.cjs:2:/m);
    equal(code, 1);
  }).timeout(60_000);

  it('runs folders of tests in several processes, adds their counts, and fails for what fails in one', async () => {
    const folder = temporaryFolder();
    const write = (path: string, code: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), code);
    };
    const told = `it('tells its process', () => console.log('process', process.pid));\n`;
    write('one/a.test.ts', told);
    write('one/b.test.ts', `${told}it.skip('SKIP: A_VARIABLE is not set');\n`);
    write('two/c.test.ts', `${told}it('fails', () => { throw new Error('wrong'); });\n`);
    write('two/none.ts', `it('is no test', () => undefined);\n`);
    const run = (folders: string[], ...args: string[]) =>
      runFixture(join(ROOT, '.ci/test.js'), {
        args: [...folders.map((name) => join(folder, name)), ...args],
        env: { TEST_COUNTS: '' },
        timeoutMs: 100_000,
      });
    const all = await run(['one', 'two'], '--jobs', '2');
    const [, closing] = all.stdout.split(/^--- \d+ s: .*c\.test\.ts$/m);
    match(closing!, /Error: wrong[^]*\n\*\*\* failed: npx mocha \S+c\.test\.ts\n\n3 passed, 1 failed, 1 skipped\n$/);
    equal(all.code, 1);
    equal(new Set(all.stdout.match(/process \d+/g)).size, 2);
    const some = await run(['.'], '-g', 'tells');
    match(some.stdout, /\n3 passed, 0 failed\n$/);
    equal(some.code, 0);
    write('three/gone.test.ts', `${told}process.exit(0);\n`);
    const broken = await run(['one', 'three']);
    match(broken.stdout, /\*\*\* failed: npx mocha \S+gone\.test\.ts\n\n2 passed, 1 failed, 1 skipped\n$/);
    equal(broken.code, 1);
  }).timeout(120_000);

  it('keeps spans and metrics in memory', async () => {
    const sdk = createSdk({ temporality: 'delta' });
    const counter = metrics.getMeter('test').createCounter('count');
    counter.add(2);
    const parent = await sdk.withParent((own) => {
      trace.getTracer('test').startSpan('child').end();
      return own;
    });
    await sdk.withParent(() => trace.getTracer('test').startSpan('unseen').end(), { sampled: false });
    deepEqual(
      sdk.spans().map((span) => [span.name, span.traceId, span.parentSpanId]),
      [['child', parent.traceId, parent.spanId]],
    );
    equal((await sdk.collectMetrics())[0]!.value, 2);
    counter.add(1);
    equal((await sdk.collectMetrics())[0]!.value, 1);
    await sdk.dispose();
    equal(trace.getTracer('test').startSpan('after').isRecording(), false);
  });
});
