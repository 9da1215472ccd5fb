import assert from 'node:assert/strict';
import { Client } from 'memjs';
import { listOf, useMemcached } from '../../memcached/use-memcached';
import { assertHit } from '../hit';
import { observe } from '../observe';
import { quiet } from './quiet';

/** A month from now, and a day. */
const MONTH_AND_DAY = 31 * 24 * 60 * 60;

describe('memjs: commands', () => {
  const observer = observe();
  const servers = useMemcached();
  let client: ReturnType<typeof Client.create>;
  beforeEach(async () => {
    client = Client.create(listOf(servers), quiet);
    await client.flush();
  });
  afterEach(() => client.close());

  const attributes = () => observer.spans().map((span) => span.attributes);

  it('a hit: everything that is known of it', async () => {
    await client.set('user:42:profile', 'välue', {});
    await assertHit(observer, 'memcached', servers[0]!, 6, async () => {
      assert.equal(String((await client.get('user:42:profile')).value), 'välue');
    });
  });

  it('what the client cannot send: one failed operation, and the error is left to the caller', async () => {
    await observer.traced(async () => {
      await assert.rejects(client.set('user:1', 5 as never, { expires: 60 }), { code: 'ERR_INVALID_ARG_TYPE' });
      assert.throws(() => client.get(5 as never, () => undefined), { code: 'ERR_INVALID_ARG_TYPE' });
      await assert.rejects(client.append('user:1', undefined as never), { code: 'ERR_INVALID_ARG_TYPE' });
    });
    assert.deepEqual(
      observer.spans().map(({ attributes: one, status }) => [one['db.query.text'], one['error.type'], status.code]),
      [
        ['SET user:* ? ?', 'ERR_INVALID_ARG_TYPE', 'ERROR'],
        ['GET *', 'ERR_INVALID_ARG_TYPE', 'ERROR'],
        ['APPEND user:* ?', 'ERR_INVALID_ARG_TYPE', 'ERROR'],
      ],
    );
  });

  it('every operation by promise, one span each', async () => {
    await observer.traced(async () => {
      await client.set('key:1', 'value', { expires: 60 });
      await client.add('key:2', 'value', { expires: 60 });
      await client.replace('key:1', 'other', { expires: 30 });
      await client.append('key:1', 'more');
      await client.touch('key:1', 90);
      await client.increment('count', 1, { initial: 5 });
      await client.decrement('count', 2, {});
      await client.delete('key:1');
      await client.flush();
    });
    assert.deepEqual(
      attributes().map((one) => [one['db.query.text'], one['cache.operation'], one['cache.ttl']]),
      [
        ['SET key:* ? ?', 'set', 60],
        ['ADD key:* ? ?', 'set', 60],
        ['REPLACE key:* ? ?', 'set', 30],
        ['APPEND key:* ?', 'set', undefined],
        ['TOUCH key:* ?', 'touch', 90],
        ['INCR count ?', 'increment', undefined],
        ['DECR count ?', 'increment', undefined],
        ['DELETE key:*', 'delete', undefined],
        ['FLUSH_ALL', 'clear', undefined],
      ],
    );
    assert.deepEqual(
      attributes().map((one) => one['cache.value_size']),
      [5, 5, 5, 4, undefined, undefined, undefined, undefined, undefined],
    );
    assert.equal(attributes()[7]!['cache.deleted_count'], 1);
    assert.ok(observer.spans().every(({ status }) => status.code === 'UNSET'));
  });

  it('every operation by callback, with the arguments that it would have without us', async () => {
    const hear = (start: (callback: (...results: unknown[]) => void) => unknown) =>
      new Promise<unknown[]>((resolve) => start((...results) => resolve(results)));
    const results = await observer.traced(async () => [
      await hear((callback) => client.set('key', 'value', {}, callback)),
      await hear((callback) => client.add('key', 'value', {}, callback)),
      await hear((callback) => client.increment('count', 1, { initial: 7 }, callback)),
      await hear((callback) => client.delete('key', callback)),
      await hear((callback) => client.get('key', callback)),
      await hear((callback) => client.flush(callback as never)),
    ]);
    assert.deepEqual(results, [
      [null, true],
      [null, false],
      [null, true, 7],
      [null, true],
      [null, null, null],
      [null, { [listOf(servers)]: true }],
    ]);
    assert.equal(observer.spans().length, 6);
  });

  it('a condition that was not met: nothing is written, and nothing failed', async () => {
    await client.set('key:1', 'value', {});
    await observer.traced(async () => {
      assert.equal(await client.add('key:1', 'value', { expires: 60 }), false);
      assert.equal(await client.replace('missing', 'value', { expires: 60 }), false);
      await assert.rejects(client.append('missing', 'value'), { message: 'MemJS APPEND: Item not stored' });
      assert.equal(await client.touch('missing', 60), false);
      assert.equal(await client.delete('missing'), false);
    });
    for (const { attributes: one, status } of observer.spans()) {
      assert.equal(status.code, 'UNSET');
      for (const name of ['cache.hit', 'cache.value_size', 'cache.ttl', 'error.type'])
        assert.equal(one[name], undefined);
    }
    assert.equal(observer.spans()[4]!.attributes['cache.deleted_count'], 0);
  });

  it('expirations: none, of the client, and a point in time', async () => {
    const before = await observer.points('cache.writes_without_ttl', { 'cache.key_pattern': 'ttl:*' });
    assert.deepEqual(before, []);
    const expiring = Client.create(listOf(servers), { ...quiet, expires: 120 });
    await observer.traced(async () => {
      await client.set('ttl:1', 'value', {});
      await expiring.set('ttl:2', 'value', {});
      await client.set('ttl:3', 'value', { expires: Math.round(Date.now() / 1000) + MONTH_AND_DAY });
    });
    expiring.close();
    const [never, own, pointInTime] = attributes().map((one) => one['cache.ttl']);
    assert.deepEqual([never, own], [undefined, 120]);
    assert.ok(Math.abs((pointInTime as number) - MONTH_AND_DAY) < 5);
    const [after] = await observer.points('cache.writes_without_ttl', { 'cache.key_pattern': 'ttl:*' });
    assert.equal(after!.value, 1);
  });

  it("the server's errors: their name in the protocol", async () => {
    await client.set('text', 'x', {});
    await observer.traced(async () => {
      await assert.rejects(client.set('large', Buffer.alloc(2 * 1024 * 1024) as never, {}), /Value too large/);
      await assert.rejects(client.increment('text', 1, {}), /non-numeric/);
    });
    assert.deepEqual(
      observer.spans().map(({ attributes: one, status }) => [one['db.response.status_code'], status.code]),
      [
        ['E2BIG', 'ERROR'],
        ['DELTA_BADVAL', 'ERROR'],
      ],
    );
    const points = await observer.points('db.client.operation.duration', { 'error.type': 'E2BIG' });
    assert.equal(points[0]!.histogram!.count, 1);
  });

  it('prepend: what memjs 1.3 really asks the server for', async () => {
    await client.set('key', 'b', {});
    await observer.traced(() => client.prepend('key', 'a'));
    assert.equal(String((await client.get('key')).value), 'ba');
    assert.equal(observer.span().attributes['db.operation.name'], 'APPEND');
  });

  it('statistics are no operations', async () => {
    await observer.traced(() => new Promise((resolve) => client.stats(resolve)));
    assert.deepEqual(observer.spans(), []);
  });

  it('hooks are given the arguments, and the values never show', async () => {
    const seen: unknown[] = [];
    observer.instrumentation.setConfig({ requestHook: (_span, { cmdArgs }) => seen.push(Array.from(cmdArgs)) });
    await observer.traced(() => client.set('key', 'secret', { expires: 60 }));
    observer.instrumentation.setConfig({});
    assert.deepEqual(seen, [['key', Buffer.from('secret'), 60]]);
    assert.ok(!JSON.stringify(observer.span().attributes).includes('secret'));
  });
});
