import assert from 'node:assert/strict';
import { context, trace } from '@opentelemetry/api';
import Memcached from 'memcached';
import { listOf, useMemcached } from '../../memcached/use-memcached';
import { assertHit } from '../hit';
import { observe } from '../observe';
import { callsOf, type Call } from './calls';
import { letIssueTimersGo } from './issue-timers';

letIssueTimersGo();

describe('memcached: commands', () => {
  const observer = observe();
  const servers = useMemcached();
  let client: Memcached;
  let call: Call;
  beforeEach(async () => {
    client = new Memcached(listOf(servers), { maxValue: 10_000_000 });
    call = callsOf(client);
    await call('flush');
  });
  afterEach(() => client.end());

  const attributes = () => observer.spans().map((span) => span.attributes);

  it('a hit: everything that is known of it', async () => {
    await call('set', 'user:42:profile', { name: 'Änn' }, 0);
    await call('get', 'user:42:profile');
    await assertHit(observer, 'memcached', servers[0]!, 15, async () => {
      assert.deepEqual(await call('get', 'user:42:profile'), { name: 'Änn' });
    });
  });

  it('every operation, one span each', async () => {
    await observer.traced(async () => {
      await call('set', 'key:1', 'value', 60);
      await call('add', 'key:2', 12345, 60);
      await call('replace', 'key:1', Buffer.from([0xff, 0xfe]), 30);
      await call('append', 'key:1', 'more');
      await call('prepend', 'key:1', 'less');
      const { cas } = (await call('gets', 'key:2')) as { cas: string };
      await call('cas', 'key:2', 'other', cas, 90);
      await call('touch', 'key:1', 90);
      await call('set', 'count', 5, 0);
      await call('incr', 'count', 2);
      await call('decr', 'count', 1);
      await call('del', 'key:1');
      await call('flush');
    });
    assert.deepEqual(
      attributes().map((one) => [
        one['db.query.text'],
        one['cache.operation'],
        one['cache.value_size'],
        one['cache.ttl'],
      ]),
      [
        ['SET key:* ? ?', 'set', 5, 60],
        ['ADD key:* ? ?', 'set', 5, 60],
        ['REPLACE key:* ? ?', 'set', 2, 30],
        ['APPEND key:* ?', 'set', 4, undefined],
        ['PREPEND key:* ?', 'set', 4, undefined],
        ['GETS key:*', 'get', 5, undefined],
        ['CAS key:* ? ? ?', 'set', 5, 90],
        ['TOUCH key:* ?', 'touch', undefined, 90],
        ['SET count ? ?', 'set', 1, undefined],
        ['INCR count ?', 'increment', undefined, undefined],
        ['DECR count ?', 'increment', undefined, undefined],
        ['DELETE key:*', 'delete', undefined, undefined],
        ['FLUSH_ALL', 'clear', undefined, undefined],
      ],
    );
    assert.equal(attributes()[11]!['cache.deleted_count'], 1);
    assert.ok(observer.spans().every(({ status }) => status.code === 'UNSET'));
  });

  it('a condition that was not met: nothing is written, and nothing failed', async () => {
    await call('set', 'key:1', 'value', 0);
    await call('set', 'key:2', 'value', 0);
    const { cas } = (await call('gets', 'key:1')) as { cas: string };
    await call('set', 'key:1', 'other', 0);
    await observer.traced(async () => {
      await assert.rejects(call('add', 'key:1', 'value', 60), { notStored: true });
      await assert.rejects(call('replace', 'missing', 'value', 60), { notStored: true });
      await assert.rejects(call('append', 'missing', 'value'), { notStored: true });
      assert.equal(await call('cas', 'key:1', 'value', cas, 60), false);
      assert.equal(await call('touch', 'missing', 60), false);
      assert.equal(await call('incr', 'missing', 1), false);
      assert.equal(await call('del', 'missing'), false);
    });
    assert.equal(observer.spans().length, 7);
    for (const { attributes: one, status } of observer.spans()) {
      assert.equal(status.code, 'UNSET');
      for (const name of ['cache.hit', 'cache.value_size', 'cache.ttl', 'error.type'])
        assert.equal(one[name], undefined);
    }
    assert.equal(attributes()[6]!['cache.deleted_count'], 0);
  });

  it('bytes: as many as the application has of them, whatever the client makes of line breaks', async () => {
    const bytes = Buffer.from([0x5c, 0x0d, 0x0a, 0xff, 0x5c]);
    await observer.traced(async () => {
      await call('set', 'bytes', bytes, 0);
      assert.deepEqual(await call('get', 'bytes'), bytes);
    });
    assert.deepEqual(
      attributes().map((one) => one['cache.value_size']),
      [5, 5],
    );
  });

  it('disabled while commands are in flight: what is answered then is told all the same', async () => {
    await call('set', 'flight:1', 'abc', 0);
    await call('set', 'flight:2', Buffer.from([0xff, 0x0a]), 0);
    await call('set', 'flight:3', { name: 'Änn' }, 0);
    await observer.traced(async () => {
      const answers = [
        call('get', 'flight:1'),
        call('get', 'missing'),
        call('gets', 'flight:2'),
        call('getMulti', ['flight:1', 'flight:2', 'flight:3', 'flight:4']),
        call('getMulti', ['flight:8', 'flight:9']),
        call('set', 'flight:5', 'value', 60),
        call('touch', 'missing', 60),
        call('del', 'flight:5'),
        call('incr', 'flight:1', 1).catch(() => undefined),
        call('add', 'flight:1', 'value', 60).catch(() => undefined),
        call('flush'),
      ];
      observer.instrumentation.disable();
      await Promise.all(answers);
      observer.instrumentation.enable();
    });
    const shown = attributes().map((one) => [
      one['db.operation.name'],
      one['cache.hit'] ?? one['cache.hits'],
      one['cache.value_size'],
      one['cache.ttl'] ?? one['cache.deleted_count'] ?? one['error.type'],
    ]);
    assert.deepEqual(shown, [
      ['GET', true, 3, undefined],
      ['GET', false, undefined, undefined],
      ['GETS', true, 2, undefined],
      ['GET', 3, 20, undefined],
      ['GET', false, undefined, undefined],
      ['SET', undefined, 5, 60],
      ['TOUCH', undefined, undefined, undefined],
      ['DELETE', undefined, undefined, 1],
      ['INCR', undefined, undefined, 'Error'],
      ['ADD', undefined, undefined, undefined],
      ['FLUSH_ALL', undefined, undefined, undefined],
    ]);
  });

  it('several keys: how many of them hit', async () => {
    await call('set', 'item:1', 'a', 0);
    await call('set', 'item:2', Buffer.from([0xff, 0xff, 0xff]), 0);
    await observer.traced(async () => {
      const found = (await call('getMulti', ['item:1', 'item:2', 'item:3', 'item:4'])) as object;
      assert.deepEqual(Object.keys(found).sort(), ['item:1', 'item:2']);
    });
    const { name, attributes: one } = observer.span();
    assert.equal(name, 'GET item:*');
    assert.equal(one['cache.hit'], undefined);
    assert.deepEqual([one['cache.key_count'], one['cache.hits'], one['cache.misses']], [4, 2, 2]);
    assert.equal(one['cache.value_size'], 4);
    assert.equal(one['db.query.text'], 'GET item:* item:* item:* item:*');
    const [hits] = await observer.points('cache.hits', { 'cache.key_pattern': 'item:*' });
    assert.equal(hits!.value, 2);
  });

  it('get with an array of keys is one operation too, and all keys may miss', async () => {
    await observer.traced(() => call('get', ['item:8', 'item:9']));
    const { attributes: one } = observer.span();
    assert.deepEqual([one['cache.hit'], one['cache.misses'], one['cache.value_size']], [false, 2, undefined]);
  });

  it('several keys, one of them too long for the server, which the client sends as its digest', async () => {
    const long = `item:${'x'.repeat(300)}`;
    await call('set', long, 'abc', 0);
    await call('set', 'item:3', 'd', 0);
    await observer.traced(() => call('getMulti', ['item:4', long, 'item:3', long]));
    const { attributes: one } = observer.span();
    assert.deepEqual([one['cache.hits'], one['cache.misses'], one['cache.value_size']], [3, 1, 7]);
    assert.equal(one['cache.key_pattern'], 'item:*');
  });

  it('several keys of which some are none of the cache: only the others count, in number and size', async () => {
    observer.instrumentation.setConfig({ cachePrefixes: ['item:'] });
    await call('set', 'item:5', 'ab', 0);
    await call('set', 'lock:5', 'abcdef', 0);
    await observer.traced(() => call('getMulti', ['item:5', 'lock:5', 'item:6']));
    observer.instrumentation.setConfig({});
    const { attributes: one } = observer.span();
    assert.deepEqual([one['cache.hits'], one['cache.misses'], one['cache.value_size']], [1, 1, 2]);
  });

  it('namespace: the key as it is sent', async () => {
    const prefixed = new Memcached(listOf(servers), { namespace: 'shop:' });
    const own = callsOf(prefixed);
    await observer.traced(async () => {
      await own('set', 'cart:7', 'x', 0);
      assert.deepEqual(await own('getMulti', ['cart:7', 'cart:8']), { 'cart:7': 'x' });
    });
    prefixed.end();
    assert.deepEqual(
      observer.spans().map(({ name }) => name),
      ['SET shop:cart:*', 'GET shop:cart:*'],
    );
    assert.equal(attributes()[1]!['cache.hits'], 1);
    assert.equal(attributes()[0]!['cache.name'], listOf(servers));
  });

  it("the server's errors, also the one that the client does not tell", async () => {
    await call('set', 'text', 'x', 0);
    await observer.traced(async () => {
      await assert.rejects(call('incr', 'text', 1), /non-numeric/);
      assert.equal(await call('set', 'large', 'x'.repeat(2 * 1024 * 1024), 0), false);
    });
    assert.deepEqual(
      observer.spans().map(({ attributes: one, status }) => [one['db.response.status_code'], status.code]),
      [
        ['CLIENT_ERROR', 'ERROR'],
        ['SERVER_ERROR', 'ERROR'],
      ],
    );
  });

  it('arguments that the client refuses: one failed operation, and nothing of ours stands in for a callback', async () => {
    await observer.traced(async () => {
      await assert.rejects(call('get', 'a key'), /whitespace/);
      const error = await new Promise((resolve) =>
        client.get('key', (async (refused: unknown) => resolve(refused)) as never),
      );
      assert.match(String(error), /"callback" is not a valid Function/);
      client.get('key', undefined as never);
    });
    const { attributes: one, status } = observer.span();
    assert.deepEqual([one['error.type'], one['network.peer.port'], status.code], ['Error', undefined, 'ERROR']);
  });

  it('values that the client can make no text of: one failed operation each, and the error is left to the caller', async () => {
    const circular: object[] = [];
    circular.push(circular);
    const noCallback = (): void => undefined;
    await observer.traced(() => {
      assert.throws(() => client.set('user:1', undefined, 5, noCallback), TypeError);
      assert.throws(() => client.add('user:1', circular, 5, noCallback), TypeError);
      assert.throws(() => client.append('user:1', undefined, noCallback), TypeError);
    });
    assert.deepEqual(
      attributes().map((one) => [one['db.query.text'], one['error.type']]),
      [
        ['SET user:* ? ?', 'TypeError'],
        ['ADD user:* ? ?', 'TypeError'],
        ['APPEND user:* ?', 'TypeError'],
      ],
    );
  });

  it('what a callback throws, which the client has called at once, is no failure of a second operation', async () => {
    const full = new Memcached(listOf(servers), { maxQueueSize: 0.5 } as object);
    await observer.traced(() => {
      assert.throws(
        () =>
          full.set('user:1', 'x', 5, (error) => {
            throw new Error(String(error));
          }),
        /over queue limit/,
      );
    });
    full.end();
    Reflect.deleteProperty(Memcached.prototype as object, 'activeQueries');
    const { attributes: one, status } = observer.span();
    assert.deepEqual(
      [one['error.type'], status],
      ['QueueLimitExceeded', { code: 'ERROR', message: 'over queue limit' }],
    );
  });

  it('values that the client refuses as too large: one failed operation each', async () => {
    const strict = new Memcached(listOf(servers), { namespace: 'shop:', maxValue: 10 });
    const own = callsOf(strict);
    const large = 'x'.repeat(11);
    await observer.traced(async () => {
      const tooLarge = /length of the value is greater than 10/;
      for (const method of ['set', 'add', 'replace']) await assert.rejects(own(method, 'cart:7', large, 5), tooLarge);
      await assert.rejects(own('cas', 'cart:7', large, '1', 5), tooLarge);
      for (const method of ['append', 'prepend']) await assert.rejects(own(method, 'cart:7', large), tooLarge);
      assert.equal(await own('set', 'cart:7', 'small', 5), true);
    });
    strict.end();
    // The client counts these on its prototype.
    Reflect.deleteProperty(Memcached.prototype as object, 'activeQueries');
    const failure = ['Error', 'The length of the value is greater than 10'];
    assert.deepEqual(
      observer.spans().map(({ attributes: one, status }) => [one['db.query.text'], one['error.type'], status.message]),
      [
        ['SET shop:cart:* ? ?', ...failure],
        ['ADD shop:cart:* ? ?', ...failure],
        ['REPLACE shop:cart:* ? ?', ...failure],
        ['CAS shop:cart:* ? ? ?', ...failure],
        ['APPEND shop:cart:* ?', ...failure],
        ['PREPEND shop:cart:* ?', ...failure],
        ['SET shop:cart:* ? ?', undefined, undefined],
      ],
    );
  });

  it('a callback of a refused value that asks for more, and throws: each is told for itself', async () => {
    const strict = new Memcached(listOf(servers), { maxValue: 10 });
    const large = 'x'.repeat(11);
    const thrown = new Error('of the application');
    await observer.traced(async () => {
      await new Promise<void>((resolve) => {
        const refuse = () =>
          strict.set('outer:1', large, 5, () => {
            strict.set('inner:1', large, 5, () => {});
            strict.set('sent:1', 'small', 5, () => resolve());
            throw thrown;
          });
        assert.throws(refuse, thrown);
      });
    });
    strict.end();
    Reflect.deleteProperty(Memcached.prototype as object, 'activeQueries');
    const tooLarge = 'The length of the value is greater than 10';
    assert.deepEqual(
      observer.spans().map(({ name, status }) => [name, status.message]),
      [
        ['SET inner:*', tooLarge],
        ['SET outer:*', tooLarge],
        ['SET sent:*', undefined],
      ],
    );
  });

  it('callbacks: the same arguments and the same `this` as without us', async () => {
    await call('set', 'key', 'value', 0);
    const hear = () =>
      new Promise<unknown[]>((resolve) =>
        client.get('key', function (this: Memcached.CommandData, ...results) {
          resolve([this.type, this.key, this.command, ...results]);
        }),
      );
    const withUs = await observer.traced(hear);
    observer.instrumentation.disable();
    assert.deepEqual(await hear(), withUs);
    observer.instrumentation.enable();
    assert.equal(observer.spans().length, 1);
  });

  it('each caller keeps its context, on a connection that all share', async () => {
    const single = new Memcached(listOf(servers), { poolSize: 1 });
    await callsOf(single)('get', 'warm');
    const pairs = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        observer.traced(async ({ spanId }) => {
          const inside = await new Promise((resolve) => {
            const callback = () => resolve(trace.getSpanContext(context.active())?.spanId);
            if (index % 2 === 0) single.get(`key:${index}`, callback);
            else single.getMulti([`key:${index}`, 'other'], callback);
          });
          return [inside, spanId];
        }),
      ),
    );
    single.end();
    for (const [inside, parent] of pairs) assert.equal(inside, parent);
    assert.deepEqual(
      observer.spans().map(({ parentSpanId }) => parentSpanId),
      pairs.map(([, parent]) => parent),
    );
  });

  it('answers that come in pieces and together: each operation is told its own', async () => {
    const large = 'x'.repeat(300_000);
    await call('set', 'large:1', large, 0);
    await call('set', 'small:1', 'END', 0);
    const single = new Memcached(listOf(servers), { poolSize: 1 });
    const own = callsOf(single);
    await own('get', 'warm');
    await observer.traced(() =>
      Promise.all([own('get', 'large:1'), own('get', 'missing:1'), own('incr', 'missing:1', 1), own('get', 'large:1')]),
    );
    single.end();
    assert.deepEqual(
      attributes().map((one) => [one['cache.hit'], one['cache.value_size']]),
      [
        [true, 300_000],
        [false, undefined],
        [undefined, undefined],
        [true, 300_000],
      ],
    );
  });

  it('commands about the server are no operations', async () => {
    await observer.traced(async () => {
      await call('stats');
      await call('version');
      await call('settings');
    });
    assert.deepEqual(observer.spans(), []);
  });

  it('the values never show', async () => {
    await observer.traced(async () => {
      await call('set', 'key', 'secret', 0);
      await call('get', 'key');
    });
    assert.ok(!JSON.stringify(attributes()).includes('secret'));
  });
});
