import assert from 'node:assert/strict';
import { getKeyIndexes, list } from '@ioredis/commands';
import { redisCommand } from '../../src/redis/commands';

/** The indices of a command's keys in `args`, as a caller of `Command` finds them. */
function keyIndices(name: string, args: unknown[], offset: number): number[] {
  const { keys } = redisCommand(name);
  if (!keys) return [];
  if (typeof keys === 'function') return [...keys(args, offset)];
  const last = keys.last < 0 ? args.length + keys.last : offset + keys.last;
  const indices: number[] = [];
  for (let i = offset + keys.first; i <= last && i < args.length; i += keys.step) indices.push(i);
  return indices;
}

/** What differs from the library on purpose. */
const OWN = new Set(['sort', 'spublish', 'ssubscribe', 'sunsubscribe']);

const rows: [call: string, keys: string][] = [
  ['GET a', 'a'],
  ['MGET a b c', 'a b c'],
  ['MSET a 1 b 2', 'a b'],
  ['MSETEX 2 a 1 b 2 EX 60', 'a b'],
  ['DEL a b', 'a b'],
  ['BLPOP a b 0', 'a b'],
  ['BITOP AND dest a b', 'dest a b'],
  ['RENAME a b', 'a b'],
  ['EVAL script 2 a b arg', 'a b'],
  ['EVALSHA sha 0 arg', ''],
  ['FCALL name 1 a arg', 'a'],
  ['EVAL script 99 a b', 'a b'],
  ['EVAL script none a b', ''],
  ['ZUNIONSTORE dest 2 a b WEIGHTS 1 2', 'dest a b'],
  ['ZINTER 2 a b WITHSCORES', 'a b'],
  ['LMPOP 2 a b LEFT', 'a b'],
  ['BLMPOP 0 2 a b LEFT', 'a b'],
  ['SORT a BY w_* GET o_* store dest', 'a dest'],
  ['SORT_RO a BY w_*', 'a'],
  ['GEORADIUS a 1 2 3 km STORE dest', 'a dest'],
  ['MIGRATE host 6379 a 0 1000', 'a'],
  ['XREAD COUNT 1 STREAMS a b 0 0', 'a b'],
  ['XREADGROUP GROUP g c STREAMS a >', 'a'],
  ['XGROUP CREATE a g $', 'a'],
  ['OBJECT ENCODING a', 'a'],
  ['MEMORY USAGE a', 'a'],
  ['SCAN 0 MATCH a', ''],
  ['PUBLISH channel message', ''],
  ['SPUBLISH channel message', ''],
  ['AUTH user secret', ''],
  ['JSON.GET a $', 'a'],
  ['JSON.MGET a b $', 'a b'],
  ['JSON.MSET a $ 1 b $ 2', 'a b'],
  ['JSON.DEBUG MEMORY a', 'a'],
  ['TS.MADD a 1 2 b 1 2', 'a b'],
  ['TS.CREATERULE a b AGGREGATION avg 60', 'a b'],
  ['TS.MRANGE - + FILTER l=1', ''],
  ['BF.ADD a item', 'a'],
  ['CF.EXISTS a item', 'a'],
  ['CMS.MERGE dest 2 a b WEIGHTS 1 2', 'dest a b'],
  ['TDIGEST.MERGE dest 1 a COMPRESSION 100', 'dest a'],
  ['TOPK.LIST a', 'a'],
  ['FT.SEARCH index query', ''],
  ['VADD a VALUES 1 0.5 element', 'a'],
  ['DELIFEQ a value', 'a'],
  ['NOSUCHCOMMAND a', ''],
];

describe('Redis key positions', () => {
  for (const [call, keys] of rows) {
    it(call, () => {
      const words = call.split(' ');
      const name = words[0]!;
      for (const args of [words, words.map((word) => Buffer.from(word))]) {
        assert.equal(
          keyIndices(name, args, 1)
            .map((i) => args[i])
            .join(' '),
          keys,
        );
        const own = args.slice(1);
        assert.equal(
          keyIndices(name, own, 0)
            .map((i) => own[i])
            .join(' '),
          keys,
        );
      }
    });
  }

  it('agree with the library for every command of the server', () => {
    for (const name of list.filter((command) => !OWN.has(command))) {
      for (const args of [['1'], ['2', '1', '2', '1', '1'], ['a', '2', 'c', 'd', 'e', 'f'], ['usage', 'b', 'c', 'd']]) {
        const expected = getKeyIndexes(name, args).filter((index) => index >= 0 && index < args.length);
        assert.deepEqual(keyIndices(name, args, 0), expected, `${name} ${args.join(' ')}`);
      }
    }
  });

  it('are none where an argument has no text', () => {
    assert.deepEqual(keyIndices('XREAD', [Object.create(null), 'STREAMS', 'a', '0'], 0), []);
  });
});
