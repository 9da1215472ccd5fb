import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ROOT, runFixture } from '../support/fixture';
import { startOtlpReceiver } from '../support/otlp-receiver';

describe('the example of NestJS', () => {
  it('its cache module is seen without code: the answers that are cached, and what is wrapped', async function () {
    this.timeout(60_000);
    const receiver = await startOtlpReceiver();
    try {
      const { code, stdout, stderr } = await runFixture(join(ROOT, 'examples/nestjs/main.js'), {
        preload: 'require',
        env: { ...receiver.env(), OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false' },
        timeoutMs: 50_000,
      });
      assert.equal(code, 0, stderr);
      assert.deepEqual(stdout.trim().split('\n'), [
        '/products/1 {"id":"1","price":12}',
        '/products/1 {"id":"1","price":12}',
        '/products/2 {"id":"2","price":24}',
      ]);
      const spans = [...receiver.spans()].sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano));
      const shown = spans.map(({ kind, name, attributes }) => {
        const hit = attributes['cache.hit'];
        return [kind, name.split(' ')[0], attributes['cache.key_pattern'], ...(hit === undefined ? [] : [hit])];
      });
      const miss = [
        ['INTERNAL', 'cache.get', '/products/*', false],
        ['INTERNAL', 'cache.get_or_set', 'price:*', false],
        ['INTERNAL', 'cache.load', 'price:*'],
        ['INTERNAL', 'cache.set', '/products/*'],
      ];
      assert.deepEqual(shown, [...miss, ['INTERNAL', 'cache.get', '/products/*', true], ...miss]);
      const load = spans.find(({ name }) => name.startsWith('cache.load'))!;
      const wrap = spans.find(({ name }) => name.startsWith('cache.get_or_set'))!;
      assert.equal(load.parentSpanId, wrap.spanId);
      const sum = (metric: string) =>
        receiver
          .metrics()
          .filter(({ name }) => name === metric)
          .reduce((total, { value = 0 }) => total + value, 0);
      assert.deepEqual([sum('cache.hits'), sum('cache.misses')], [1, 4]);
    } finally {
      await receiver.close();
    }
  });
});
