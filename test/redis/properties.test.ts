import assert from 'node:assert/strict';
import { list } from '@ioredis/commands';
import fc from 'fast-check';
import { redisCommand } from '../../src/redis/commands';
import { CACHE_COMMANDS } from '../../src/redis/cache-commands';
import { MODULE_COMMANDS } from '../../src/redis/module-commands';
import { read } from './recorder';

const names = [
  ...new Set([...list.map((name) => name.toUpperCase()), ...CACHE_COMMANDS.keys(), ...MODULE_COMMANDS.keys()]),
];

const odd = fc.anything({
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withBigInt: true,
  withTypedArray: true,
});
const optionWord = fc.constantFrom(
  'NX',
  'get',
  'EX',
  'px',
  'EXAT',
  'KEEPTTL',
  'FIELDS',
  'STREAMS',
  'BLOCK',
  'STORE',
  'usage',
);
const bytes = fc.uint8Array({ maxLength: 5 }).map((array) => Buffer.from(array));
const argument = fc.oneof(
  fc.string(),
  optionWord,
  fc.integer(),
  fc.double(),
  bytes,
  optionWord.map((word) => Buffer.from(word)),
  odd,
);
const reply = fc.oneof(
  odd,
  fc.constantFrom(null, undefined, 'OK', 0, 1, true, new Error('ERR')),
  fc.array(fc.option(bytes)),
);

describe('Redis commands, with anything for arguments and replies', function () {
  this.timeout(20_000);

  it('never throw, never change the arguments, and tell nothing impossible', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(argument, { maxLength: 8 }),
        fc.nat(1),
        reply,
        (name, args, offset, answer) => {
          const before = [...args];
          const command = redisCommand(name);
          const told = read(name, args, offset, answer);
          command.blocks?.(args, offset);
          command.procedure?.(args, offset);
          const indices = typeof command.keys === 'function' ? command.keys(args, offset) : [];
          for (const index of indices) assert.ok(index >= offset && index < args.length);
          assert.equal(args.length, before.length);
          for (const [i, value] of before.entries()) assert.ok(Object.is(args[i], value));
          assert.ok(told.bytes >= 0);
          for (const seconds of [told.expires ?? 0, told.deleted ?? 0]) assert.ok(seconds >= 0);
          for (const [, ttl] of told.wrote) assert.ok(ttl === undefined || Number.isNaN(ttl) || ttl >= 0);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('MGET counts each key once, and no more bytes than came back', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'binary' })), { minLength: 1 }), (values) => {
        const keys = values.map((_, i) => `key:${i}`);
        const told = read('MGET', keys, 0, values);
        assert.deepEqual(
          told.lookups,
          values.map((value, i) => [`key:${i}`, value !== null]),
        );
        assert.equal(told.bytes, Buffer.byteLength(values.join('')));
      }),
    );
  });

  it('SET tells the time to live wherever its options stand', () => {
    const options = [['EX', '60'], ['NX'], ['GET']];
    fc.assert(
      fc.property(fc.shuffledSubarray(options, { minLength: 1 }), (chosen) => {
        const told = read('SET', ['k', 'v', ...chosen.flat()], 0, chosen.flat().includes('GET') ? null : 'OK');
        assert.deepEqual(told.wrote, [['k', chosen.flat().includes('EX') ? 60 : undefined]]);
      }),
    );
  });
});
