import assert from 'node:assert/strict';
import { forms, read, type Told } from './recorder';

type Row = [what: string, name: string, args: unknown[], reply: unknown, told: Partial<Told>];

const NOW = 1_700_000_000_000;
const hit = (key: string): [string, boolean] => [key, true];
const miss = (key: string): [string, boolean] => [key, false];
const failed = new Error('WRONGTYPE');

const rows: Row[] = [
  ['a value', 'GET', ['k'], 'value', { lookups: [hit('k')], bytes: 5 }],
  ['bytes, not characters', 'GET', ['k'], 'é€', { lookups: [hit('k')], bytes: 5 }],
  ['a number', 'GET', ['k'], -12.5, { lookups: [hit('k')], bytes: 5 }],
  ['an empty value', 'GET', ['k'], '', { lookups: [hit('k')] }],
  ['null', 'GET', ['k'], null, { lookups: [miss('k')] }],
  ['undefined', 'GET', ['k'], undefined, { lookups: [miss('k')] }],
  ['an error in the place of a value', 'GET', ['k'], failed, {}],
  ['an odd reply', 'GET', ['k'], { a: 1 }, {}],
  ['a list', 'GET', ['k'], ['v'], {}],
  ['any casing', 'get', ['k'], 'v', { lookups: [hit('k')], bytes: 1 }],

  ['a range', 'GETRANGE', ['k', 0, 3], 'abcd', { lookups: [hit('k')], bytes: 4 }],
  ['an empty range', 'GETRANGE', ['k', 0, 3], '', { lookups: [hit('k')] }],
  ['its older name', 'SUBSTR', ['k', '0', '3'], 'abcd', { lookups: [hit('k')], bytes: 4 }],

  ['a value that goes', 'GETDEL', ['k'], 'abc', { lookups: [hit('k')], bytes: 3, deleted: 1 }],
  ['nothing to delete', 'GETDEL', ['k'], null, { lookups: [miss('k')] }],

  ['no option', 'GETEX', ['k'], 'abc', { lookups: [hit('k')], bytes: 3 }],
  ['seconds', 'GETEX', ['k', 'EX', '60'], 'abc', { lookups: [hit('k')], bytes: 3, expires: 60 }],
  ['milliseconds', 'GETEX', ['k', 'px', 1500], 'abc', { lookups: [hit('k')], bytes: 3, expires: 1.5 }],
  ['a time', 'GETEX', ['k', 'EXAT', NOW / 1000 + 30], 'a', { lookups: [hit('k')], bytes: 1, expires: 30 }],
  ['a time in milliseconds', 'GETEX', ['k', 'PXAT', NOW + 250], 'a', { lookups: [hit('k')], bytes: 1, expires: 0.25 }],
  ['PERSIST', 'GETEX', ['k', 'PERSIST'], 'abc', { lookups: [hit('k')], bytes: 3 }],
  ['no expiry on a miss', 'GETEX', ['k', 'EX', '60'], null, { lookups: [miss('k')] }],

  ['some', 'MGET', ['a', 'b', 'c'], ['1', null, ''], { lookups: [hit('a'), miss('b'), hit('c')], bytes: 1 }],
  ['an error among them', 'MGET', ['a', 'b'], [failed, 'xy'], { lookups: [hit('b')], bytes: 2 }],
  ['a reply of another length', 'MGET', ['a', 'b'], ['x'], {}],
  ['no list', 'MGET', ['a', 'b'], 'x', {}],

  ['a field', 'HGET', ['h', 'f'], 'abc', { lookups: [hit('h')], bytes: 3 }],
  ['no field', 'HGET', ['h', 'f'], null, { lookups: [miss('h')] }],
  ['fields', 'HMGET', ['h', 'f', 'g'], ['abc', null], { lookups: [hit('h'), miss('h')], bytes: 3 }],
  ['RESP2', 'HGETALL', ['h'], ['field', 'abc', 'other', 'de'], { lookups: [hit('h')], bytes: 5 }],
  ['RESP2, empty', 'HGETALL', ['h'], [], { lookups: [miss('h')] }],
  [
    'RESP3 as an object',
    'HGETALL',
    ['h'],
    { field: 'abc', other: Buffer.from('de') },
    { lookups: [hit('h')], bytes: 5 },
  ],
  [
    'RESP3 without prototype',
    'HGETALL',
    ['h'],
    Object.assign(Object.create(null), { f: 'abc' }),
    { lookups: [hit('h')], bytes: 3 },
  ],
  ['RESP3 as an empty object', 'HGETALL', ['h'], {}, { lookups: [miss('h')] }],
  [
    'RESP3 as a Map',
    'HGETALL',
    ['h'],
    new Map([
      ['field', 'abc'],
      ['other', ''],
    ]),
    { lookups: [hit('h')], bytes: 3 },
  ],
  ['RESP3 as an empty Map', 'HGETALL', ['h'], new Map(), { lookups: [miss('h')] }],
  ['null', 'HGETALL', ['h'], null, { lookups: [miss('h')] }],
  ['an error', 'HGETALL', ['h'], failed, {}],
  ['text', 'HGETALL', ['h'], 'OK', {}],
  [
    'fields and seconds',
    'HGETEX',
    ['h', 'EX', 60, 'FIELDS', 2, 'f', 'g'],
    ['abc', null],
    { lookups: [hit('h'), miss('h')], bytes: 3, expires: 60 },
  ],
  ['fields all missing', 'HGETEX', ['h', 'EX', 60, 'FIELDS', 1, 'f'], [null], { lookups: [miss('h')] }],
  [
    'a field that reads like an option',
    'HGETEX',
    ['h', 'FIELDS', 2, 'EX', '60'],
    ['a', 'b'],
    { lookups: [hit('h'), hit('h')], bytes: 2 },
  ],
  [
    'fields that go',
    'HGETDEL',
    ['h', 'FIELDS', 2, 'f', 'g'],
    ['abc', null],
    { lookups: [hit('h'), miss('h')], bytes: 3, deleted: 1 },
  ],
  ['there', 'HEXISTS', ['h', 'f'], 1, { lookups: [hit('h')] }],
  ['not there', 'HEXISTS', ['h', 'f'], 0, { lookups: [miss('h')] }],

  ['there', 'EXISTS', ['k'], 1, { lookups: [hit('k')] }],
  ['not there', 'EXISTS', ['k'], 0, { lookups: [miss('k')] }],
  ['numbers as text', 'EXISTS', ['k'], '1', { lookups: [hit('k')] }],
  ['a RESP3 boolean', 'EXISTS', ['k'], true, { lookups: [hit('k')] }],
  ['all', 'EXISTS', ['a', 'b'], 2, { lookups: [hit('a'), hit('b')] }],
  ['none', 'EXISTS', ['a', 'b'], 0, { lookups: [miss('a'), miss('b')] }],
  ['some: exact in number', 'EXISTS', ['a', 'b', 'c'], 2, { lookups: [hit('a'), hit('b'), miss('c')] }],
  ['more than asked for', 'EXISTS', ['a'], 2, {}],
  ['text', 'EXISTS', ['a'], 'OK', {}],

  ['a document', 'JSON.GET', ['k', '$'], '[{"a":1}]', { lookups: [hit('k')], bytes: 9 }],
  ['no document', 'JSON.GET', ['k', '$'], null, { lookups: [miss('k')] }],
  ['a path without a match', 'JSON.GET', ['k', '$.none'], '[]', { lookups: [hit('k')], bytes: 2 }],
  [
    'RESP3 with FORMAT',
    'JSON.GET',
    ['k', 'FORMAT', 'JSON', '$.a'],
    [['{"b":1}', 12]],
    { lookups: [hit('k')], bytes: 9 },
  ],
  ['RESP3 with FORMAT, no match', 'JSON.GET', ['k', 'FORMAT', 'JSON', '$.a'], [[]], { lookups: [hit('k')] }],
  ['documents', 'JSON.MGET', ['a', 'b', '$'], ['[1]', null], { lookups: [hit('a'), miss('b')], bytes: 3 }],

  ['is a write', 'GETSET', ['k', 'v'], null, { wrote: [['k', undefined]], bytes: 1 }],
  ...['TYPE', 'STRLEN', 'TTL', 'LRANGE', 'SMEMBERS', 'ZRANGE', 'XRANGE', 'HVALS', 'HKEYS', 'HRANDFIELD'].map(
    (name): Row => ['is no lookup', name, ['k'], ['v'], {}],
  ),
];

describe('Redis lookups', () => {
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

  it('leaves an array that contains itself', () => {
    const cycle: unknown[] = ['abc'];
    cycle.push(cycle);
    assert.deepEqual(read('JSON.GET', ['k'], 0, cycle).lookups, [hit('k')]);
  });
});
