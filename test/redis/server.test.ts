import assert from 'node:assert/strict';
import Redis, { Command } from 'ioredis';
import { startRedis, type RedisServer } from '../support/servers';
import { read, type Told } from './recorder';

describe('Redis commands, against a server', function () {
  this.timeout(20_000);
  let server: RedisServer;
  let redis: Redis;

  before(async () => {
    server = await startRedis({});
    redis = new Redis(server.port, server.host);
    redis.on('error', () => {});
    await redis.ping();
  });

  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  beforeEach(() => redis.flushall());

  /** Sends a command and has its reply read as it came from the parser, before the client converts it. */
  async function call(name: string, ...args: (string | Buffer | number)[]): Promise<Told> {
    const command = new Command(name, args, { replyEncoding: null });
    const { resolve } = command;
    let raw: unknown;
    command.resolve = (reply) => {
      raw = reply;
      resolve(reply);
    };
    await redis.sendCommand(command);
    return read(name, command.args, 0, raw);
  }

  const told = (facts: Partial<Told>): Told => ({ lookups: [], wrote: [], bytes: 0, ...facts });
  const hit = (key: string): [string, boolean] => [key, true];
  const miss = (key: string): [string, boolean] => [key, false];

  it('strings', async () => {
    await redis.mset('k', 'é', 'empty', '');
    assert.deepEqual(await call('get', 'k'), told({ lookups: [hit('k')], bytes: 2 }));
    assert.deepEqual(await call('get', 'empty'), told({ lookups: [hit('empty')] }));
    assert.deepEqual(await call('get', 'none'), told({ lookups: [miss('none')] }));
    assert.deepEqual(await call('mget', 'k', 'none'), told({ lookups: [hit('k'), miss('none')], bytes: 2 }));
    assert.deepEqual(await call('getrange', 'none', 0, 1), told({ lookups: [hit('none')] }));
    assert.deepEqual(await call('getex', 'k', 'EX', 60), told({ lookups: [hit('k')], bytes: 2, expires: 60 }));
    assert.deepEqual(await call('getex', 'none', 'EX', 60), told({ lookups: [miss('none')] }));
    assert.deepEqual(
      await call('exists', 'k', 'none', 'empty'),
      told({ lookups: [hit('k'), hit('none'), miss('empty')] }),
    );
    assert.deepEqual(await call('getdel', 'k'), told({ lookups: [hit('k')], bytes: 2, deleted: 1 }));
    assert.deepEqual(await call('getdel', 'k'), told({ lookups: [miss('k')] }));
  });

  it('hashes', async () => {
    await redis.hset('h', { field: 'abc', empty: '' });
    assert.deepEqual(await call('hget', 'h', 'field'), told({ lookups: [hit('h')], bytes: 3 }));
    assert.deepEqual(await call('hmget', 'h', 'none', 'field'), told({ lookups: [miss('h'), hit('h')], bytes: 3 }));
    assert.deepEqual(await call('hmget', 'none', 'a', 'b'), told({ lookups: [miss('none'), miss('none')] }));
    assert.deepEqual(await call('hgetall', 'h'), told({ lookups: [hit('h')], bytes: 3 }));
    assert.deepEqual(await call('hgetall', 'none'), told({ lookups: [miss('none')] }));
    assert.deepEqual(await call('hexists', 'h', 'none'), told({ lookups: [miss('h')] }));
    assert.deepEqual(await call('hset', 'h', 'field', 'de', 'new', 'f'), told({ wrote: [['h', NaN]], bytes: 3 }));
    assert.deepEqual(await call('hsetnx', 'h', 'field', 'x'), told({}));
    assert.deepEqual(await call('hincrby', 'h', 'count', 2), told({ wrote: [['h', NaN]] }));
    assert.deepEqual(await call('hdel', 'h', 'field', 'none'), told({ deleted: 1 }));
  });

  it('SET and what it answers', async () => {
    const wrote = (ttl?: number) =>
      told({ wrote: [['k', ttl]], bytes: 3, ...(ttl === undefined ? {} : { expires: ttl }) });
    assert.deepEqual(await call('set', 'k', 'abc', 'XX'), told({}));
    assert.deepEqual(await call('set', 'k', 'abc', 'XX', 'GET'), told({}));
    assert.deepEqual(await call('set', 'k', 'abc', 'NX', 'GET', 'EX', 60), wrote(60));
    assert.deepEqual(await call('set', 'k', 'def', 'NX', 'GET'), told({}));
    assert.deepEqual(await call('set', 'k', 'def', 'NX'), told({}));
    assert.equal(await redis.get('k'), 'abc');
    assert.deepEqual(await call('set', 'k', 'def', 'KEEPTTL'), told({ wrote: [['k', NaN]], bytes: 3 }));
    assert.ok((await redis.ttl('k')) > 50);
    assert.deepEqual(await call('set', 'k', 'abc', 'GET'), wrote());
    assert.equal(await redis.ttl('k'), -1);
    assert.deepEqual(await call('set', 'k', Buffer.from('abc'), 'PX', '1500'), wrote(1.5));
    const { expires } = await call('set', 'k', 'abc', 'EXAT', Math.ceil(Date.now() / 1000) + 100);
    assert.ok(Math.abs(expires! - (await redis.pttl('k')) / 1000) < 1);
  });

  it('other writes', async () => {
    assert.deepEqual(await call('setex', 'k', 60, 'abc'), told({ wrote: [['k', 60]], bytes: 3, expires: 60 }));
    assert.deepEqual(await call('psetex', 'k', 1500, 'abc'), told({ wrote: [['k', 1.5]], bytes: 3, expires: 1.5 }));
    assert.deepEqual(await call('setnx', 'k', 'abc'), told({}));
    assert.deepEqual(await call('msetnx', 'k', '1', 'l', '2'), told({}));
    assert.deepEqual(
      await call('mset', 'k', '1', 'l', '22'),
      told({
        wrote: [
          ['k', undefined],
          ['l', undefined],
        ],
        bytes: 3,
      }),
    );
    assert.deepEqual(await call('getset', 'new', 'abc'), told({ wrote: [['new', undefined]], bytes: 3 }));
    assert.deepEqual(await call('append', 'new', 'd'), told({ wrote: [['new', NaN]], bytes: 1 }));
    assert.deepEqual(await call('setrange', 'none', 3, ''), told({}));
    assert.deepEqual(await call('incr', 'k'), told({ wrote: [['k', NaN]] }));
    assert.deepEqual(await call('expire', 'k', 60), told({ expires: 60 }));
    assert.deepEqual(await call('expire', 'k', 60, 'NX'), told({}));
    assert.deepEqual(await call('expire', 'none', 60), told({}));
    assert.deepEqual(await call('del', 'k', 'l', 'none'), told({ deleted: 2 }));
    assert.deepEqual(await call('unlink', 'none'), told({ deleted: 0 }));
  });
});
