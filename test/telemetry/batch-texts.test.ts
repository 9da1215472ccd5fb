import assert from 'node:assert/strict';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, type Member, runBatch, startTelemetry } from './calls';

const alike = (keys: readonly string[]): Member[] => keys.map((key) => ['get', [key], 'value']);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `user:${index}`);

/** Members of a pipeline, its query text, and its key pattern where all keys have the same. */
const BATCHES: readonly (readonly [what: string, members: readonly Member[], text: string, pattern?: string])[] = [
  ['alike', alike(numbered(12)), 'GET user:*', 'user:*'],
  ['the last has another pattern', alike([...numbered(11), 'product:1']), 'GET user:*'],
  ['the second has another pattern', alike(['user:1', 'product:1']), 'GET user:*; GET product:*'],
  [
    'a failed one has another pattern',
    [...alike(['user:1']), ['get', ['product:1'], new Error('WRONGTYPE')]],
    'GET user:*; GET product:*',
  ],
  [
    'as many lookups as members, for one that is not shown has two and one has failed',
    [
      ['mget', ['product:1'], new Error('CROSSSLOT')],
      ...numbered(9).map((key): Member => ['mget', [key], ['value']]),
      ['mget', ['user:1', 'user:2'], ['value', 'value']],
    ],
    'MGET product:*; MGET user:*; ...',
  ],
  ['an odd reply tells of no lookup', [...alike(['user:1']), ['get', ['product:1'], {}]], 'GET user:*; GET product:*'],
  [
    'not the key alone',
    [
      ['hget', ['user:1', 'email'], 'value'],
      ['hget', ['user:2', 'email'], 'value'],
    ],
    'HGET user:* ?',
    'user:*',
  ],
  [
    'no lookups',
    [
      ['del', ['user:1'], 1],
      ['del', ['product:1'], 1],
    ],
    'DEL user:*; DEL product:*',
  ],
];

describe('query texts of batches', () => {
  let sdk: Sdk;
  before(() => {
    sdk = createSdk();
  });
  beforeEach(() => sdk.reset());
  after(() => sdk.dispose());

  for (const [what, members, text, pattern] of BATCHES) {
    it(what, async () => {
      const telemetry = startTelemetry();
      await sdk.withParent(() => runBatch(telemetry, clientOf(telemetry), members));
      telemetry.stop();
      const { attributes } = sdk.spans()[0]!;
      assert.equal(attributes['db.query.text'], text);
      assert.equal(attributes['cache.key_pattern'], pattern);
    });
  }

  it('keys=full: the keys of the members are told, each once', async () => {
    const telemetry = startTelemetry({ keys: 'full', semconv: 'dup' });
    const members: readonly Member[] = [
      ['get', ['user:1'], 'value'],
      ['mget', ['user:2', 'user:1'], ['value', null]],
      ['set', ['user:3', 'value'], 'OK'],
    ];
    await sdk.withParent(() => runBatch(telemetry, clientOf(telemetry), members));
    telemetry.stop();
    const { attributes } = sdk.spans()[0]!;
    assert.deepEqual(attributes['cache.key'], ['user:1', 'user:2', 'user:3']);
    assert.equal(attributes['db.redis.key'], 'user:1');
  });
});
