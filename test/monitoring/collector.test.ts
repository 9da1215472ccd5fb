import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { resolveSettings } from '../../src/config';
import { ATTR_CACHE_HIT, ATTR_CACHE_MISSES, ATTR_CACHE_NAME } from '../../src/semconv';
import { end } from '../support/children';
import { ROOT, startFixture, type RunningFixture } from '../support/fixture';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { startRedis, type RedisServer } from '../support/servers';
import type { SpanData } from '../support/telemetry-data';
import { COMPONENTS, type Fields } from './collector-fields';
import { keptBy, type Policy } from './tail-sampling';

const text = readFileSync(join(ROOT, 'monitoring/collector/collector.yaml'), 'utf8');

type Section = Record<string, Record<string, unknown>>;
interface Pipeline {
  readonly receivers: string[];
  readonly processors: string[];
  readonly exporters: string[];
}
const config = parse(text) as {
  receivers: Section;
  processors: Section & { tail_sampling: { policies: Policy[] } };
  exporters: Section;
  service: { pipelines: Record<string, Pipeline> };
};
const KINDS = ['receivers', 'processors', 'exporters'] as const;
const pipelines = Object.values(config.service.pipelines);

/** The paths of what is configured and not documented. */
function undocumented(value: unknown, fields: Fields, path: string): string[] {
  if (fields === null) return typeof value === 'object' ? [path] : [];
  if (Array.isArray(fields)) {
    if (!Array.isArray(value)) return [path];
    return value.flatMap((item, index) => undocumented(item, (fields as readonly [Fields])[0], `${path}[${index}]`));
  }
  return Object.entries(value as object).flatMap(([field, inner]) => {
    const known = (fields as Record<string, Fields>)[field];
    return known === undefined ? [`${path}.${field}`] : undocumented(inner, known, `${path}.${field}`);
  });
}

/** Where the fields of components begin: what is said of a component itself is not said of its fields. */
const FIELDS = 4;

/** Lines that have no comment beside or above them, nor has the field or the item that they are in. */
function withoutReason(yaml: string): string[] {
  const silent: string[] = [];
  /** The indentation of what has a reason, from the outside to the inside. */
  const explained: number[] = [];
  let reasonAbove = false;
  for (const line of yaml.split('\n')) {
    const indentation = line.search(/\S/);
    if (indentation < 0) continue;
    if (line[indentation] === '#') {
      reasonAbove = true;
      continue;
    }
    while (explained.length > 0 && explained.at(-1)! >= indentation) explained.pop();
    if (reasonAbove || line.includes(' # ')) explained.push(indentation);
    else if (!explained.some((outer) => outer >= FIELDS) && !line.endsWith(':')) silent.push(line);
    reasonAbove = false;
  }
  return silent;
}

describe('the configuration of the Collector', () => {
  it('has only components and fields that their documentation has', () => {
    for (const kind of KINDS) {
      for (const [name, value] of Object.entries(config[kind])) {
        const component = COMPONENTS[kind][name];
        assert.ok(component !== undefined, `${kind}: ${name}`);
        assert.deepEqual(undocumented(value, component.fields, name), [], component.source);
      }
    }
    assert.deepEqual(
      undocumented({ policies: [{ latencee: {} }] }, COMPONENTS.processors['tail_sampling']!.fields, ''),
      ['.policies[0].latencee'],
    );
  });

  it('uses what it defines, and defines what it uses', () => {
    for (const kind of KINDS) {
      const used = new Set(pipelines.flatMap((pipeline) => pipeline[kind]));
      assert.deepEqual([...used].sort(), Object.keys(config[kind]).sort());
    }
  });

  it('limits memory first, samples last, and batches in the exporters: the processor for it is to be removed', () => {
    for (const { processors } of pipelines) assert.equal(processors[0], 'memory_limiter');
    assert.equal(config.service.pipelines['traces']!.processors.at(-1), 'tail_sampling');
    for (const exporter of Object.values(config.exporters)) {
      const {
        sizer,
        queue_size: size,
        batch,
      } = exporter['sending_queue'] as {
        sizer: string;
        queue_size: number;
        batch: { min_size: number; max_size: number };
      };
      assert.equal(sizer, 'items');
      assert.ok(batch.min_size <= batch.max_size && batch.max_size <= size);
    }
  });

  it('leaves computing to Prometheus: no connector, and nothing that changes metrics', () => {
    assert.ok(!('connectors' in config));
    assert.deepEqual(config.service.pipelines['metrics']!.processors, ['memory_limiter', 'resource']);
  });

  it('tells of each component, policy and field why it is there', () => {
    assert.deepEqual(withoutReason(text.slice(0, text.indexOf('\nservice:'))), []);
    assert.deepEqual(withoutReason('a:\n  # why\n  b:\n    c: 1\n    # why\n    d:\n      e: 2\n'), ['    c: 1']);
    for (const component of KINDS.slice(1).flatMap((kind) => Object.keys(config[kind]))) {
      assert.match(text, new RegExp(`^ +#.*\\n  ${component}:$`, 'm'));
    }
    for (const { name } of config.processors.tail_sampling.policies) {
      assert.match(text, new RegExp(`^ +#.*\\n +- name: ${name}$`, 'm'));
    }
  });

  describe('with the spans of a real service', function () {
    this.timeout(60_000);
    const { policies } = config.processors.tail_sampling;
    let redis: RedisServer;
    let receiver: OtlpReceiver;
    let service: RunningFixture;
    let spans: readonly SpanData[];

    before(async () => {
      [redis, receiver] = await Promise.all([startRedis({}), startOtlpReceiver()]);
      service = startFixture('sampled-app.js', {
        preload: 'require',
        env: {
          REDIS_URL: redis.url,
          ...receiver.env(),
          OTEL_INSTRUMENTATION_CACHE_REQUIRE_PARENT_SPAN: 'false',
        },
      });
      const { code, stderr } = await service.done;
      assert.deepEqual([code, stderr], [0, '']);
      spans = receiver.spans();
    });
    after(async () => {
      await end(service.child);
      await Promise.all([redis.stop(), receiver.close()]);
    });

    /** What keeps the trace of the one operation of this name; unless told otherwise, as if it had taken no time at all. */
    function kept(name: string, { slow = false } = {}): string[] {
      const [span, ...others] = spans.filter((one) => one.name === name);
      assert.ok(span !== undefined && others.length === 0, `${name}: ${spans.map((one) => one.name).join(', ')}`);
      // On a busy machine any of them may be slow.
      return keptBy(policies, [slow ? span : { ...span, endTimeUnixNano: span.startTimeUnixNano }]);
    }

    it('keeps a lookup that missed', () => assert.deepEqual(kept('GET missed:*'), ['missed-lookups']));
    it('keeps a lookup of several keys of which one missed', () =>
      assert.deepEqual(kept('MGET partly:*'), ['partly-missed-lookups']));
    it('keeps one that failed', () => assert.deepEqual(kept('GET failed:*'), ['errors']));
    it('keeps one that was slow', () => assert.deepEqual(kept('GET slow:*', { slow: true }), ['slow-lookups']));
    it('leaves one that hit, and was as fast as ever, to chance', () => assert.deepEqual(kept('GET found:*'), []));
    it('leaves several of which all hit to chance', () => assert.deepEqual(kept('MGET found:*'), []));
  });

  it('names attributes that there are, and the threshold of the instrumentation', () => {
    const [slow] = config.processors.tail_sampling.policies.flatMap(({ ottl_condition }) => ottl_condition?.span ?? []);
    const nanoseconds = resolveSettings({}, {}).slowMs * 1_000_000;
    assert.equal(
      slow,
      `attributes["${ATTR_CACHE_NAME}"] != nil and end_time_unix_nano - start_time_unix_nano >= ${nanoseconds}`,
    );
    const keys = config.processors.tail_sampling.policies.flatMap(
      (policy) => policy.boolean_attribute?.key ?? policy.numeric_attribute?.key ?? [],
    );
    assert.deepEqual(keys, [ATTR_CACHE_HIT, ATTR_CACHE_MISSES]);
  });
});
