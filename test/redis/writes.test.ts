import assert from 'node:assert/strict';
import { forms, read, type Told } from './recorder';

type Row = [what: string, name: string, args: unknown[], reply: unknown, told: Partial<Told>];

const NOW = 1_700_000_000_000;
const failed = new Error('WRONGTYPE');
const never = { wrote: [['k', undefined]] as Told['wrote'], bytes: 3 };
const kept = { wrote: [['k', NaN]] as Told['wrote'], bytes: 3 };
const expiring = (ttl: number): Partial<Told> => ({ wrote: [['k', ttl]], bytes: 3, expires: ttl });

const rows: Row[] = [
  ['no option', 'SET', ['k', 'abc'], 'OK', never],
  ['a number', 'SET', ['k', 100], 'OK', never],
  ['bytes, not characters', 'SET', ['k', 'é€'], 'OK', { wrote: [['k', undefined]], bytes: 5 }],
  ['a value without a size', 'SET', ['k', null], 'OK', { wrote: [['k', undefined]] }],
  ['EX', 'SET', ['k', 'abc', 'EX', 60], 'OK', expiring(60)],
  ['EX as text, in lower case', 'SET', ['k', 'abc', 'ex', '60'], 'OK', expiring(60)],
  ['PX', 'SET', ['k', 'abc', 'PX', 1500], 'OK', expiring(1.5)],
  ['EXAT', 'SET', ['k', 'abc', 'EXAT', String(NOW / 1000 + 30)], 'OK', expiring(30)],
  ['PXAT', 'SET', ['k', 'abc', 'PXAT', NOW + 250], 'OK', expiring(0.25)],
  ['EXAT in the past', 'SET', ['k', 'abc', 'EXAT', 1], 'OK', expiring(0)],
  ['KEEPTTL', 'SET', ['k', 'abc', 'KEEPTTL'], 'OK', kept],
  ['a value that reads like an option', 'SET', ['k', 'GET', 'NX'], null, {}],
  ['an expiry without a number', 'SET', ['k', 'abc', 'EX'], 'OK', kept],
  ['NX wrote', 'SET', ['k', 'abc', 'EX', 60, 'NX'], 'OK', expiring(60)],
  ['NX did not write', 'SET', ['k', 'abc', 'NX', 'EX', 60], null, {}],
  ['XX did not write', 'SET', ['k', 'abc', 'XX'], null, {}],
  ['GET, there was none', 'SET', ['k', 'abc', 'GET'], null, never],
  ['GET, there was one', 'SET', ['k', 'abc', 'GET'], 'old value', never],
  ['NX GET wrote', 'SET', ['k', 'abc', 'NX', 'GET'], null, never],
  ['NX GET did not write', 'SET', ['k', 'abc', 'NX', 'GET'], 'old', {}],
  ['XX GET wrote', 'SET', ['k', 'abc', 'XX', 'GET'], 'old', never],
  ['XX GET did not write', 'SET', ['k', 'abc', 'XX', 'GET'], null, {}],
  ['IFEQ wrote', 'SET', ['k', 'abc', 'IFEQ', 'GET', 'EX', 5], 'OK', expiring(5)],
  ['IFEQ did not write', 'SET', ['k', 'abc', 'IFEQ', 'old'], null, {}],
  ['IFNE GET does not tell', 'SET', ['k', 'abc', 'IFNE', 'old', 'GET'], 'other', {}],
  ['an error', 'SET', ['k', 'abc'], failed, {}],

  ['seconds', 'SETEX', ['k', 60, 'abc'], 'OK', expiring(60)],
  ['milliseconds', 'PSETEX', ['k', '1500', 'abc'], 'OK', expiring(1.5)],
  ['wrote', 'SETNX', ['k', 'abc'], 1, never],
  ['did not write', 'SETNX', ['k', 'abc'], 0, {}],
  ['there was one', 'GETSET', ['k', 'abc'], 'old', never],
  ['an error', 'GETSET', ['k', 'abc'], failed, {}],
  [
    'pairs',
    'MSET',
    ['a', '1', 'b', '22'],
    'OK',
    {
      wrote: [
        ['a', undefined],
        ['b', undefined],
      ],
      bytes: 3,
    },
  ],
  [
    'wrote',
    'MSETNX',
    ['a', '1', 'b', '22'],
    1,
    {
      wrote: [
        ['a', undefined],
        ['b', undefined],
      ],
      bytes: 3,
    },
  ],
  ['did not write', 'MSETNX', ['a', '1', 'b', '22'], 0, {}],
  [
    'wrote',
    'MSETEX',
    [2, 'a', '1', 'EX', '22', 'NX', 'PX', 500],
    1,
    {
      wrote: [
        ['a', 0.5],
        ['EX', 0.5],
      ],
      bytes: 3,
      expires: 0.5,
    },
  ],
  ['without an expiry', 'MSETEX', ['1', 'k', 'abc'], 1, never],
  ['KEEPTTL', 'MSETEX', [1, 'k', 'abc', 'KEEPTTL'], 1, kept],
  ['did not write', 'MSETEX', [1, 'k', 'abc', 'NX'], 0, {}],
  ['a number of keys that is none', 'MSETEX', [-1e308, 'k', 'abc'], 1, {}],
  ['a new length', 'APPEND', ['k', 'abc'], 8, kept],
  ['a new length', 'SETRANGE', ['k', 5, 'abc'], 8, kept],
  ['nothing', 'SETRANGE', ['k', 5, ''], 0, {}],

  ['fields', 'HSET', ['k', 'f', 'a', 'field', 'bc'], 0, kept],
  ['fields', 'HMSET', ['k', 'f', 'abc'], 'OK', kept],
  ['wrote', 'HSETNX', ['k', 'f', 'abc'], 1, kept],
  ['did not write', 'HSETNX', ['k', 'f', 'abc'], 0, {}],
  ['wrote', 'HSETEX', ['k', 'FNX', 'EX', 60, 'FIELDS', 2, 'f', 'a', 'EX', 'bc'], 1, expiring(60)],
  ['without an expiry', 'HSETEX', ['k', 'FIELDS', 1, 'EX', 'abc'], 1, kept],
  ['did not write', 'HSETEX', ['k', 'FXX', 'EX', 60, 'FIELDS', 1, 'f', 'abc'], 0, {}],
  ['wrote', 'JSON.SET', ['k', '$', '123'], 'OK', kept],
  ['did not write', 'JSON.SET', ['k', '$', '123', 'NX'], null, {}],
  ['wrote', 'JSON.MERGE', ['k', '$', '123'], 'OK', kept],
  [
    'triplets',
    'JSON.MSET',
    ['a', '$', '1', 'b', '$', '22'],
    'OK',
    {
      wrote: [
        ['a', NaN],
        ['b', NaN],
      ],
      bytes: 3,
    },
  ],

  ...['INCR', 'INCRBY', 'DECR', 'DECRBY', 'HINCRBY'].map((name): Row => [
    'a number',
    name,
    ['k', 'f', 1],
    2,
    { wrote: [['k', NaN]] },
  ]),
  ...['INCRBYFLOAT', 'HINCRBYFLOAT'].map((name): Row => ['text', name, ['k', 'f', 1], '2.5', { wrote: [['k', NaN]] }]),
  ['an error', 'INCR', ['k'], failed, {}],

  ...['DEL', 'UNLINK', 'HDEL', 'JSON.DEL', 'JSON.FORGET', 'DELEX', 'DELIFEQ'].map((name): Row => [
    'a count',
    name,
    ['k', 'x'],
    1,
    { deleted: 1 },
  ]),
  ['none', 'DEL', ['a'], 0, { deleted: 0 }],
  ['a count as text', 'DEL', ['a', 'b'], '2', { deleted: 2 }],
  ['an error', 'DEL', ['a'], failed, {}],

  ['set', 'EXPIRE', ['k', 60], 1, { expires: 60 }],
  ['not set', 'EXPIRE', ['k', 60, 'NX'], 0, {}],
  ['in the past', 'EXPIRE', ['k', -1], 1, { expires: 0 }],
  ['set', 'PEXPIRE', ['k', '1500'], 1, { expires: 1.5 }],
  ['set', 'EXPIREAT', ['k', NOW / 1000 + 30], 1, { expires: 30 }],
  ['set', 'PEXPIREAT', ['k', NOW + 250], 1, { expires: 0.25 }],
  ['set on one of two', 'HEXPIRE', ['k', 60, 'FIELDS', 2, 'f', 'g'], [-2, 1], { expires: 60 }],
  ['set on none', 'HEXPIRE', ['k', 60, 'FIELDS', 1, 'f'], [-2], {}],
  ['set', 'HPEXPIRE', ['k', 1500, 'FIELDS', 1, 'f'], [1], { expires: 1.5 }],
  ['set', 'HEXPIREAT', ['k', NOW / 1000 + 30, 'FIELDS', 1, 'f'], [1], { expires: 30 }],
  ['set', 'HPEXPIREAT', ['k', NOW + 250, 'FIELDS', 1, 'f'], [1], { expires: 0.25 }],
  ['tells nothing', 'PERSIST', ['k'], 1, {}],
  ['tells nothing', 'FLUSHDB', [], 'OK', {}],
];

describe('Redis writes', () => {
  const { now } = Date;
  before(() => (Date.now = () => NOW));
  after(() => (Date.now = now));

  for (const [what, name, args, reply, told] of rows) {
    it(`${name}: ${what}`, () => {
      for (const form of forms(name, args, reply)) {
        assert.deepEqual(read(name, form.args, form.offset, form.reply), { lookups: [], wrote: [], bytes: 0, ...told });
      }
    });
  }
});
