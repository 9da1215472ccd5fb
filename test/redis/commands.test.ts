import assert from 'node:assert/strict';
import { list } from '@ioredis/commands';
import { redisCommand } from '../../src/redis/commands';

const SHA1 = 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3';

function blocks(call: string): boolean {
  const words = call.split(' ');
  const asked = [0, 1].map((offset) => {
    const args = words.slice(1 - offset);
    return redisCommand(words[0]!).blocks?.(args, offset) ?? false;
  });
  assert.equal(asked[0], asked[1]);
  return asked[0]!;
}

describe('Redis commands', () => {
  it('every command of the library has its name and one frozen object', () => {
    for (const name of list) {
      const command = redisCommand(name);
      assert.equal(command.name, name.toUpperCase());
      assert.equal(redisCommand(command.name), command);
      assert.ok(Object.isFrozen(command));
    }
  });

  it('what each does to a cache', () => {
    const operations: Record<string, string> = {
      get: 'GET GETEX GETDEL GETRANGE SUBSTR MGET HGET HMGET HGETALL HGETEX HEXISTS EXISTS JSON.GET JSON.MGET',
      set: `SET SETEX PSETEX SETNX GETSET MSET MSETNX MSETEX SETRANGE APPEND HSET HSETNX HMSET HSETEX JSON.SET JSON.MSET
        JSON.MERGE`,
      delete: 'DEL UNLINK DELEX DELIFEQ HDEL HGETDEL JSON.DEL JSON.FORGET',
      touch: `EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST TOUCH HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT HPERSIST`,
      increment: 'INCR INCRBY INCRBYFLOAT INCREX DECR DECRBY HINCRBY HINCRBYFLOAT JSON.NUMINCRBY',
      clear: 'FLUSHDB FLUSHALL',
    };
    for (const [operation, names] of Object.entries(operations)) {
      for (const name of names.split(/\s+/)) assert.equal(redisCommand(name).cacheOperation, operation, name);
    }
    for (const name of 'COPY RENAME RESTORE HVALS HKEYS HRANDFIELD TYPE TTL LRANGE ZADD XADD PUBLISH'.split(' ')) {
      assert.equal(redisCommand(name).cacheOperation, undefined, name);
    }
  });

  it('what belongs to the connection, and what is left alone', () => {
    for (const name of 'HELLO AUTH CLIENT SELECT PING INFO CLUSTER SENTINEL SCRIPT QUIT'.split(' ')) {
      assert.equal(redisCommand(name).lifecycle, true, name);
    }
    for (const name of 'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE MONITOR'.split(' ')) {
      assert.equal(redisCommand(name).untouched, true, name);
    }
    for (const name of 'GET PUBLISH MULTI EXEC ECHO WAIT FUNCTION'.split(' ')) {
      assert.equal(redisCommand(name).lifecycle, undefined, name);
      assert.equal(redisCommand(name).untouched, undefined, name);
    }
  });

  it('what waits on the server', () => {
    for (const call of ['BLPOP a 0', 'BZMPOP 0 1 a MIN', 'BLMOVE a b LEFT LEFT 0', 'WAIT 1 0', 'WAITAOF 1 1 0']) {
      assert.equal(blocks(call), true, call);
    }
    assert.equal(blocks('XREAD COUNT 1 BLOCK 0 STREAMS a $'), true);
    assert.equal(blocks('XREAD block 0 streams a $'), true);
    assert.equal(blocks('XREAD COUNT 1 STREAMS BLOCK $'), false);
    assert.equal(blocks('XREADGROUP GROUP g c BLOCK 0 STREAMS a >'), true);
    assert.equal(blocks('XREADGROUP GROUP BLOCK BLOCK STREAMS a >'), false);
    assert.equal(blocks('LPOP a'), false);
  });

  it('which script or function runs, never the script', () => {
    const evalsha = redisCommand('EVALSHA').procedure!;
    assert.equal(evalsha([SHA1, 0], 0), SHA1);
    assert.equal(evalsha(['evalsha', Buffer.from(SHA1.toUpperCase()), 0], 1), SHA1.toUpperCase());
    assert.equal(evalsha([`return "${'x'.repeat(31)}"`, 0], 0), undefined);
    assert.equal(evalsha([SHA1.slice(1), 0], 0), undefined);
    assert.equal(evalsha([], 0), undefined);
    assert.equal(redisCommand('FCALL').procedure!(['fcall', 'name', 0], 1), 'name');
    assert.equal(redisCommand('EVAL').procedure, undefined);
  });

  it('which option words may be shown, from where on', () => {
    const { from, words } = redisCommand('SET').keywords!;
    assert.equal(from, 2);
    for (const word of ['NX', 'XX', 'GET', 'EX', 'PX', 'EXAT', 'PXAT', 'KEEPTTL', 'IFEQ']) assert.ok(words.has(word));
    assert.equal(redisCommand('EXPIRE').keywords?.from, 2);
    for (const name of ['ZADD', 'XADD', 'HSET', 'HSETEX', 'MSETEX', 'DELEX', 'AUTH', 'EVAL', 'CONFIG']) {
      assert.equal(redisCommand(name).keywords, undefined, name);
    }
  });

  it('a name that can not be shown is unknown', () => {
    const longest = 'X'.repeat(64);
    assert.equal(redisCommand(longest).name, longest);
    for (const name of ['', 'X'.repeat(65), 'get user:1', 'GET\n', 'ſet', 'naïve']) {
      assert.equal(redisCommand(name).name, 'UNKNOWN');
    }
    assert.equal(redisCommand('constructor').keys, undefined);
    assert.equal(redisCommand('UNKNOWN'), redisCommand(''));
  });

  it('an unknown command shows its name only, up to a number of names', () => {
    const first = redisCommand('my.Command');
    assert.deepEqual(first, { name: 'MY.COMMAND' });
    assert.equal(redisCommand('MY.COMMAND'), first);
    const names = Array.from({ length: 600 }, (_, i) => redisCommand(`MADEUP${i}`).name);
    assert.ok(new Set(names).size <= 501);
    assert.equal(names.at(-1), 'UNKNOWN');
    assert.equal(redisCommand('my.command'), first);
    assert.equal(redisCommand('GETBIT').name, 'GETBIT');
  });
});
