import assert from 'node:assert/strict';
import { observe } from '../observe';
import { overVersions } from './versions';

/** Commands of modules, and commands that a server without modules has which take the same arguments and answer alike. */
const STAND_INS = {
  'JSON.GET': 'GET',
  'JSON.SET': 'HSET',
  'JSON.DEL': 'DEL',
  'BF.ADD': 'SADD',
  'BF.EXISTS': 'SISMEMBER',
  'TS.ADD': 'HSETNX',
  'FT.SEARCH': 'SUNION',
};

const args = Object.entries(STAND_INS).flatMap(([command, standIn]) => ['--rename-command', standIn, command]);

describe("redis: the modules' commands", () => {
  const observer = observe();

  overVersions('as the client sends them', { since: '4.7', args }, (redis) => {
    it('one span each, with the pattern of the key, and lookups of documents', async () => {
      const client = await redis.connect({ RESP: 2 });
      await redis.server.call('SETEX', 'doc:1', 60, '{"a":1}');
      await observer.traced(async () => {
        await client.json.set('doc:2', '$', { a: 1 });
        assert.ok(await client.json.get('doc:1'));
        assert.equal(await client.json.del('doc:1'), 1);
        assert.equal(await client.json.get('doc:1'), null);
        await client.bf.add('filter:1', 'member');
        assert.equal(await client.bf.exists('filter:1', 'member'), true);
        await client.ts.add('series:1', 1, 2);
        await client.ft.search('index', 'secret');
        await assert.rejects(client.bf.add('doc:2', 'member'), /WRONGTYPE/);
      });
      const shown = observer.spans().map(({ name, attributes }) => {
        return [name, attributes['cache.operation'], attributes['cache.hit'], attributes['error.type']];
      });
      const { host, port } = redis.server;
      assert.deepEqual(shown, [
        ['JSON.SET doc:*', 'set', undefined, undefined],
        ['JSON.GET doc:*', 'get', true, undefined],
        ['JSON.DEL doc:*', 'delete', undefined, undefined],
        ['JSON.GET doc:*', 'get', false, undefined],
        ['BF.ADD filter:*', undefined, undefined, undefined],
        ['BF.EXISTS filter:*', undefined, undefined, undefined],
        ['TS.ADD series:*', undefined, undefined, undefined],
        [`FT.SEARCH ${host}:${port}`, undefined, undefined, undefined],
        ['BF.ADD doc:*', undefined, undefined, 'WRONGTYPE'],
      ]);
      assert.equal(observer.spans()[2]!.attributes['cache.deleted_count'], 1);
      assert.ok(!JSON.stringify(observer.spans().map(({ attributes }) => attributes)).includes('secret'));
    });
  });
});
