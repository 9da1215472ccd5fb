import assert from 'node:assert/strict';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, run, startTelemetry } from './calls';

/** Commands whose keys are found call by call: with keys of the cache, and with others. */
const MOVABLE: readonly (readonly [name: string, args: (key: string) => readonly unknown[], operation: string])[] = [
  ['msetex', (key) => [1, key, 'value'], 'set'],
  ['get', (key) => [key], 'get'],
];

/** Commands of several keys, some of them of the cache: what is told of them. */
const MIXED: readonly (readonly [name: string, args: readonly unknown[], reply: unknown, told: object])[] = [
  ['mget', ['lock:1', 'cache:1', 'cache:2'], ['123456', '1234', null], { hits: 1, misses: 1, bytes: 4 }],
  ['mget', ['cache:1', 'lock:1'], ['1234', '123456'], { hits: 1, bytes: 4 }],
  ['mset', ['lock:1', '123456', 'cache:1', '1234'], 'OK', { bytes: 4 }],
  ['del', ['lock:1', 'cache:1'], 2, { deleted: 2 }],
  ['exists', ['lock:1', 'cache:1'], 2, { hits: 1 }],
];

describe('cachePrefixes', () => {
  let sdk: Sdk;
  beforeEach(() => {
    sdk = createSdk();
  });
  afterEach(() => sdk.dispose());

  for (const [name, args, operation] of MOVABLE) {
    for (const failed of [false, true]) {
      it(`${name.toUpperCase()}${failed ? ' that fails' : ''}: only keys with the prefix are operations on the cache`, async () => {
        const telemetry = startTelemetry({ cachePrefixes: ['cache:'] });
        const client = clientOf(telemetry);
        const count = async (): Promise<number> =>
          (await sdk.collectMetrics())
            .filter(
              ({ name: metric, attributes }) =>
                metric === 'cache.operations' && attributes['cache.operation'] === operation,
            )
            .reduce((sum, { value }) => sum + Number(value), 0);
        const reply = failed ? new Error('ERR wrong') : null;
        run(telemetry, client, name, args('lock:1'), reply);
        assert.equal(await count(), 0);
        run(telemetry, client, name, args('cache:1'), reply);
        run(telemetry, client, name, args('cache:2'), reply);
        assert.equal(await count(), 2);
        telemetry.stop();
      });
    }
  }

  for (const [name, args, reply, told] of MIXED) {
    it(`${name.toUpperCase()} ${args.join(' ')}: an operation on the cache, of whose keys those with the prefix count`, async () => {
      const telemetry = startTelemetry({ cachePrefixes: ['cache:'] });
      await sdk.withParent(() => run(telemetry, clientOf(telemetry), name, args, reply));
      const points = await sdk.collectMetrics();
      telemetry.stop();
      const sum = (metric: string): number =>
        points.reduce(
          (total, point) => total + (point.name === metric ? (point.value ?? point.histogram?.sum ?? 0) : 0),
          0,
        );
      const { attributes } = sdk.spans()[0]!;
      const { hits = 0, misses = 0, bytes, deleted } = told as Record<string, number>;
      assert.deepEqual(
        [sum('cache.operations'), sum('cache.hits'), sum('cache.misses'), sum('cache.value_size')],
        [1, hits, misses, bytes ?? 0],
      );
      assert.equal(attributes['cache.value_size'], bytes);
      assert.equal(attributes['cache.deleted_count'], deleted);
      assert.equal(attributes['cache.key_pattern'], undefined, 'they share none');
      assert.ok(attributes['cache.operation']);
    });
  }

  it('no value of a command none of whose keys has the prefix is measured', async () => {
    const telemetry = startTelemetry({ cachePrefixes: ['cache:'] });
    await sdk.withParent(() => run(telemetry, clientOf(telemetry), 'mget', ['lock:1', 'lock:2'], ['1', '2']));
    telemetry.stop();
    const { attributes } = sdk.spans()[0]!;
    assert.deepEqual([attributes['cache.operation'], attributes['cache.value_size']], [undefined, undefined]);
    assert.equal(attributes['cache.key_pattern'], 'lock:*');
  });
});
