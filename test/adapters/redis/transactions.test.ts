import assert from 'node:assert/strict';
import { until } from '../../support/children';
import { observe } from '../observe';
import type { TestClient } from './use-redis';
import { overVersions } from './versions';

describe('redis: transactions by hand', () => {
  const observer = observe();

  overVersions('MULTI, commands, EXEC', {}, (redis, version) => {
    let name: string;
    let client: TestClient;
    let count = 0;
    beforeEach(async () => {
      name = `by-hand-${version}-${++count}`;
      client = await redis.connect({ name });
    });

    const send = (...args: string[]): Promise<unknown> => client.sendCommand(args);

    const told = (): unknown[] => observer.spans().map((span) => [span.name, span.attributes['cache.hit']]);

    async function sum(metric: string): Promise<number> {
      return (await observer.points(metric, { 'cache.name': name })).reduce((all, point) => all + point.value!, 0);
    }

    /** Operations, hits, misses, values whose size was measured. */
    async function counted(): Promise<number[]> {
      const sizes = await observer.points('cache.value_size', { 'cache.name': name });
      return [
        await sum('cache.operations'),
        await sum('cache.hits'),
        await sum('cache.misses'),
        sizes.reduce((all, { histogram }) => all + histogram!.count, 0),
      ];
    }

    it('one span with the sums of what EXEC answered', async () => {
      const parent = await observer.traced(async (own) => {
        assert.equal(await send('MULTI'), 'OK');
        assert.equal(await send('SET', 'a', 'xyz'), 'QUEUED');
        assert.equal(await send('get', 'a'), 'QUEUED');
        assert.equal(await send('GET', 'b'), 'QUEUED');
        assert.deepEqual(await counted(), [0, 0, 0, 0]);
        assert.deepEqual(await send('EXEC'), ['OK', 'xyz', null]);
        return own;
      });
      const { attributes, parentSpanId, status } = observer.span();
      assert.equal(observer.span().name, `MULTI ${redis.server.host}:${redis.server.port}`);
      assert.deepEqual([parentSpanId, status.code], [parent.spanId, 'UNSET']);
      assert.equal(attributes['db.operation.batch.size'], 3);
      assert.equal(attributes['db.query.text'], 'SET a ?; GET a; GET b');
      assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
      assert.equal(attributes['cache.value_size'], 6);
      assert.deepEqual(await counted(), [3, 1, 1, 2]);
    });

    it('sent at once, with others before and after, and another one', async () => {
      await redis.server.call('SET', 'user:1', 'QUEUED');
      await observer.traced(async () => {
        await Promise.all([
          send('GET', 'user:1'),
          send('MULTI'),
          client.get('item:1'),
          client.ping(),
          send('GET', 'item:2'),
          send('EXEC'),
          client.get('user:1'),
          send('multi'),
          send('GET', 'user:2'),
          send('exec'),
        ]);
        assert.equal(await client.get('user:1'), 'QUEUED');
      });
      assert.deepEqual(told().sort(), [
        ['GET user:*', false],
        ['GET user:*', true],
        ['GET user:*', true],
        ['GET user:*', true],
        ['MULTI GET item:*', false],
      ]);
      assert.deepEqual(await counted(), [6, 3, 3, 3]);
    });

    it('where nothing makes spans it counts the same', async () => {
      await Promise.all([send('MULTI'), send('GET', 'a'), send('SET', 'a', 'x'), send('EXEC')]);
      assert.deepEqual(await counted(), [2, 0, 1, 1]);
    });

    for (const end of ['EXEC after a change of what was watched', 'DISCARD', 'RESET']) {
      it(`${end}: nothing was looked up or written`, async () => {
        if (end.startsWith('EXEC')) {
          await client.watch('w');
          await redis.server.call('SET', 'w', 'changed');
        }
        await observer.traced(async () => {
          await send('MULTI');
          await send('GET', 'a');
          await send('SELECT', '3');
          await send('SET', 'a', 'x');
          await send(end.split(' ')[0]!);
          await client.get('a');
        });
        const [transaction, get] = observer.spans();
        assert.equal(transaction!.attributes['db.operation.name'], 'MULTI');
        assert.equal(transaction!.status.code, 'UNSET');
        assert.deepEqual([get!.name, get!.attributes['db.namespace']], ['GET a', '0']);
        assert.equal(observer.spans().length, 2);
        assert.deepEqual(await counted(), [1, 0, 1, 0]);
      });
    }

    it('refused because a member was wrong: a failed span', async () => {
      await observer.traced(async () => {
        await send('MULTI');
        await send('GET', 'a');
        await assert.rejects(send('GET'), /wrong number/);
        await assert.rejects(send('EXEC'), /EXECABORT/);
      });
      const { attributes, status } = observer.span();
      assert.deepEqual([status.code, attributes['error.type']], ['ERROR', 'EXECABORT']);
      assert.deepEqual((await counted()).slice(1), [0, 0, 0]);
    });

    it('a member that fails inside of EXEC', async () => {
      await redis.server.call('LPUSH', 'list', 'x');
      await observer.traced(async () => {
        await send('MULTI');
        await send('GET', 'list');
        await send('SET', 'a', 'x');
        await send('EXEC');
      });
      const { attributes, status } = observer.span();
      assert.deepEqual([status.code, attributes['error.type']], ['ERROR', 'WRONGTYPE']);
      assert.equal(attributes['cache.value_size'], 1);
    });

    it('refused by the server: what follows is carried out, and told as what it is', async () => {
      await redis.server.call('ACL', 'SETUSER', 'limited', 'on', '>pass', '~*', '+@all', '-multi');
      await redis.server.call('SET', 'a', 'xyz');
      client = await redis.connect({ username: 'limited', password: 'pass', name });
      await observer.traced(async () => {
        const refused = assert.rejects(send('MULTI'), /NOPERM/);
        assert.equal(await client.get('a'), 'xyz');
        await refused;
      });
      const [multi, get] = observer.spans();
      assert.equal(multi!.attributes['error.type'], 'NOPERM');
      assert.deepEqual([get!.name, get!.status.code, get!.attributes['cache.hit']], ['GET a', 'UNSET', true]);
      assert.equal(observer.spans().length, 2);
    });

    it('another one inside of it is refused, and changes nothing', async () => {
      await observer.traced(async () => {
        const [, nested] = await Promise.allSettled([send('MULTI'), send('MULTI'), send('GET', 'a'), send('EXEC')]);
        assert.equal(nested.status, 'rejected');
      });
      assert.deepEqual(told().sort(), [
        ['GET a', false],
        [`MULTI ${redis.server.host}:${redis.server.port}`, undefined],
      ]);
    });

    it('the connection is lost while it is open: a failed span, and what comes after is seen', async () => {
      const closed = new Promise((resolve) => client.once('error', resolve));
      await observer.traced(async () => {
        await send('MULTI');
        await send('SET', 'a', 'x');
        await redis.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
        await closed;
        await observer.spansOnce(1);
        assert.equal(await client.get('a'), null);
      });
      const [lost, get] = observer.spans();
      assert.deepEqual([lost!.status.code, lost!.attributes['error.type']], ['ERROR', 'SocketClosedUnexpectedlyError']);
      assert.deepEqual([get!.name, get!.attributes['cache.hit']], ['GET a', false]);
      assert.deepEqual((await counted()).slice(1), [0, 1, 0]);
    });

    it('the connection is lost while all of it is in flight: one failed span', async () => {
      await observer.traced(async () => {
        const commands = [['BLPOP', 'none', '0'], ['MULTI'], ['GET', 'a'], ['EXEC']];
        const sent = Promise.allSettled(commands.map((args) => send(...args)));
        await until(async () => (await blocked()) === 1, 'the server waits');
        await redis.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
        await sent;
      });
      assert.equal(observer.span().status.code, 'ERROR');
    });

    const blocked = async (): Promise<number> => {
      const clients = String(await redis.server.call('CLIENT', 'LIST'));
      return clients.split('\n').filter((one) => /flags=[^ ]*b/.test(one)).length;
    };

    it('the client is closed while it is open: a failed span', async () => {
      await observer.traced(async () => {
        await send('MULTI');
        await send('GET', 'a');
        await client.disconnect();
      });
      assert.equal((await observer.spansOnce(1))[0]!.status.code, 'ERROR');
    });

    it('within a pipeline: what EXEC answers counts', async () => {
      await redis.server.call('SET', 'a', 'xyz');
      await observer.traced(async () => {
        const pipeline = client.multi().get('a').addCommand(['MULTI']).get('a').get('b').addCommand(['EXEC']);
        assert.deepEqual(await pipeline.get('b').execAsPipeline(), [
          'xyz',
          'OK',
          'QUEUED',
          'QUEUED',
          ['xyz', null],
          null,
        ]);
        const failing = client.multi().addCommand(['MULTI']).get('a').addCommand(['GET']).addCommand(['EXEC']);
        await assert.rejects(failing.execAsPipeline());
      });
      const [{ attributes }] = (await observer.spansOnce(2)) as [ReturnType<typeof observer.span>];
      assert.equal(attributes['db.operation.name'], 'PIPELINE');
      assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [2, 2]);
      assert.equal(attributes['cache.value_size'], 6);
      assert.deepEqual((await counted()).slice(1), [2, 2, 2]);
    });

    for (const awaited of [true, false]) {
      it(`a pipeline within it${awaited ? '' : ', all sent at once'}: its commands are members`, async () => {
        await redis.server.call('SET', 'a', 'xyz');
        const steps = [
          () => send('MULTI'),
          () => send('GET', 'none'),
          () => client.multi().get('a').get('b').execAsPipeline(),
          () => send('GET', 'a'),
          () => send('EXEC'),
        ];
        const answers: unknown[] = [];
        await observer.traced(async () => {
          if (!awaited) answers.push(...(await Promise.all(steps.map((step) => step()))));
          else for (const step of steps) answers.push(await step());
        });
        assert.deepEqual(answers.slice(2), [['QUEUED', 'QUEUED'], 'QUEUED', [null, 'xyz', null, 'xyz']]);
        const { name: title, attributes } = observer.span();
        assert.equal(title, `MULTI GET ${redis.server.host}:${redis.server.port}`);
        assert.equal(attributes['db.query.text'], 'GET none; GET a; GET b');
        assert.equal(attributes['db.operation.batch.size'], 4);
        assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [2, 2]);
        assert.deepEqual(await counted(), [4, 2, 2, 2]);
      });
    }

    it('a pipeline within it that the server refuses in part: a failed span', async () => {
      await observer.traced(async () => {
        await send('MULTI');
        await assert.rejects(client.multi().get('a').addCommand(['GET']).execAsPipeline(), /wrong number/);
        await assert.rejects(send('EXEC'), /EXECABORT/);
      });
      const { attributes } = observer.span();
      assert.deepEqual([attributes['db.operation.name'], attributes['error.type']], ['MULTI GET', 'EXECABORT']);
      assert.deepEqual(await counted(), [1, 0, 0, 0]);
    });

    it('a pipeline that ends it and goes on: what follows is told as what it is', async () => {
      await redis.server.call('SET', 'a', 'xyz');
      await observer.traced(async () => {
        await send('MULTI');
        await send('GET', 'none');
        const pipeline = client.multi().get('a').addCommand(['EXEC']).get('a').get('a');
        assert.deepEqual(await pipeline.execAsPipeline(), ['QUEUED', [null, 'xyz'], 'xyz', 'xyz']);
        assert.equal(await client.get('a'), 'xyz');
      });
      assert.deepEqual(
        observer.spans().map(({ attributes }) => [attributes['db.operation.batch.size'], attributes['db.query.text']]),
        [
          [2, 'GET none; GET a'],
          [2, 'GET a'],
          [undefined, 'GET a'],
        ],
      );
      assert.deepEqual(await counted(), [5, 4, 1, 4]);
    });

    it('a pipeline that ends it and goes on: it is named after what is left, and shows that', async () => {
      await observer.traced(async () => {
        await send('MULTI');
        const pipeline = client.multi().addCommand(['BLPOP', 'list', '1']);
        for (let i = 0; i < 12; i++) pipeline.addCommand(['SET', 'a', 'x']);
        await pipeline.addCommand(['EXEC']).get('item:1').get('item:2').execAsPipeline();
      });
      assert.deepEqual(told(), [
        [`MULTI ${redis.server.host}:${redis.server.port}`, undefined],
        ['PIPELINE GET item:*', false],
      ]);
      const durations = await observer.points('db.client.operation.duration', {
        'db.operation.name': 'PIPELINE GET',
        'server.port': redis.server.port,
      });
      assert.ok(durations.length > 0, 'it did not wait on the server');
    });

    for (const again of ['a command', 'another transaction']) {
      it(`ended while nobody observed; next comes ${again}`, async () => {
        await observer.traced(async () => {
          await send('MULTI');
          await send('SET', 'a', 'x');
          observer.instrumentation.disable();
          await send('EXEC');
          observer.instrumentation.enable();
          if (again === 'a command') return assert.equal(await client.get('a'), 'x');
          return assert.deepEqual(await Promise.all([send('MULTI'), send('GET', 'a'), send('EXEC')]), [
            'OK',
            'QUEUED',
            ['x'],
          ]);
        });
        assert.deepEqual(told(), [
          [`MULTI ${redis.server.host}:${redis.server.port}`, undefined],
          ['GET a', true],
        ]);
      });
    }
  });
});
