import assert from 'node:assert/strict';
import { Cluster, type ClusterOptions } from 'ioredis';
import { until } from '../../support/children';
import { poolData } from '../../pools/pools';
import { observe } from '../observe';
import { errorsOf, type Place, useCluster } from '../use-cluster';

describe('ioredis: Cluster', () => {
  const observer = observe();
  const servers = useCluster();

  function client(options: ClusterOptions = {}): Cluster {
    const nodes = servers.masters.map(({ host, port }) => ({ host, port }));
    const own = { retryDelayOnMoved: 0, slotsRefreshTimeout: 5000, ...options };
    const cluster = servers.closing(new Cluster(nodes, own), (one) => one.disconnect());
    cluster.on('error', () => undefined);
    return cluster;
  }

  async function connect(options?: ClusterOptions): Promise<Cluster> {
    const cluster = client(options);
    await until(() => cluster.status === 'ready', 'the cluster is ready');
    return cluster;
  }

  /** Makes the client believe in a slot map that is out of date. */
  function mislead(cluster: Cluster, { slot, other }: Place): void {
    cluster.slots[slot] = [`${other.host}:${other.port}`];
  }

  it('a command: the configured nodes are the target, the node that answered is the peer', async () => {
    const cluster = await connect();
    const parent = await observer.traced(async (own) => {
      assert.equal(await cluster.set('key', 'value'), 'OK');
      return own;
    });
    const { name, parentSpanId, attributes } = observer.span();
    assert.deepEqual([name, parentSpanId], ['SET key', parent.spanId]);
    assert.equal(attributes['server.address'], servers.target);
    assert.equal(attributes['server.port'], undefined);
    assert.equal(attributes['cache.name'], servers.target);
    assert.equal(attributes['network.peer.port'], (await servers.placeOf('key')).owner.port);
  });

  it('counted once', async () => {
    const cluster = await connect({ redisOptions: { connectionName: 'counted' } });
    for (let index = 0; index < 20; index++) await cluster.get(`key:${index}`);
    const [misses] = await observer.points('cache.misses', { 'cache.name': 'counted' });
    assert.equal(misses!.value, 20);
    assert.equal(misses!.attributes['cache.key_pattern'], 'key:*');
  });

  it('MOVED: one operation', async () => {
    const cluster = await connect();
    const place = await servers.placeOf('key');
    await cluster.set('key', 'value');
    mislead(cluster, place);
    const parent = await observer.traced(async (own) => {
      assert.equal(await cluster.get('key'), 'value');
      return own;
    });
    const { parentSpanId, attributes, status } = observer.span();
    assert.deepEqual([parentSpanId, status.code], [parent.spanId, 'UNSET']);
    assert.equal(attributes['cache.hit'], true);
    assert.equal(attributes['network.peer.port'], place.owner.port);
  });

  it('MOVED: a pipeline is one operation, and no member counts twice', async () => {
    const cluster = await connect({ redisOptions: { connectionName: 'moved-pipeline' } });
    await cluster.set('{tag}:1', 'value');
    mislead(cluster, await servers.placeOf('{tag}'));
    await observer.traced(async () => {
      const results = await cluster.pipeline().get('{tag}:1').get('{tag}:2').exec();
      assert.deepEqual(results, [
        [null, 'value'],
        [null, null],
      ]);
    });
    const { attributes, status } = observer.span();
    assert.equal(status.code, 'UNSET');
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
    const operations = await observer.points('cache.operations', {
      'cache.name': 'moved-pipeline',
      'cache.operation': 'get',
    });
    assert.deepEqual(
      operations.map(({ value }) => value),
      [2],
    );
  });

  it('ASK: one operation', async () => {
    const place = await servers.placeOf('asked');
    const cluster = await connect();
    await servers.migrating(place, () => observer.traced(async () => assert.equal(await cluster.get('asked'), null)));
    const { name, attributes, status } = observer.span();
    assert.deepEqual([name, status.code, attributes['cache.hit']], ['GET asked', 'UNSET', false]);
    assert.equal(attributes['network.peer.port'], place.other.port);
  });

  it('TRYAGAIN: several keys of a slot that is half on its way, one operation without an error', async () => {
    const place = await servers.placeOf('{half}');
    const cluster = await connect({ retryDelayOnTryAgain: 5, redisOptions: { connectionName: 'tried-again' } });
    await cluster.set('{half}:1', 'value');
    let answer: Promise<unknown> | undefined;
    await servers.migrating(place, async () => {
      answer = observer.traced(() => cluster.mget('{half}:1', '{half}:2'));
      await until(async () => (await errorsOf(place.owner, 'TRYAGAIN')) > 1, 'it was to try again');
      assert.deepEqual(observer.spans(), []);
    });
    assert.deepEqual(await answer, ['value', null]);
    const { name, attributes, status } = observer.span();
    assert.deepEqual([name, status.code, attributes['error.type']], ['MGET {half}:*', 'UNSET', undefined]);
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
    const operations = await observer.points('cache.operations', {
      'cache.name': 'tried-again',
      'cache.operation': 'get',
    });
    assert.deepEqual(
      operations.map(({ value }) => value),
      [1],
    );
  });

  for (const kind of ['pipeline', 'multi'] as const) {
    it(`TRYAGAIN: a ${kind} is one operation without an error, and no member counts twice`, async () => {
      const place = await servers.placeOf('{some}');
      const name = `tried-again-${kind}`;
      const cluster = await connect({ retryDelayOnTryAgain: 5, redisOptions: { connectionName: name } });
      await cluster.set('{some}:1', 'value');
      const before = await errorsOf(place.owner, 'TRYAGAIN');
      let answer: Promise<unknown> | undefined;
      await servers.migrating(place, async () => {
        const members = cluster[kind]().mget('{some}:1', '{some}:2').mget('{some}:1', '{some}:3');
        answer = observer.traced(() => members.exec());
        await until(async () => (await errorsOf(place.owner, 'TRYAGAIN')) > before + 2, 'it was to try again');
        assert.deepEqual(observer.spans(), []);
      });
      const replies = (await answer) as [unknown, unknown][];
      assert.deepEqual(replies, Array(2).fill([null, ['value', null]]));
      const span = observer.span();
      assert.deepEqual([span.name, span.status.code], [`${kind.toUpperCase()} MGET {some}:*`, 'UNSET']);
      const { attributes } = span;
      assert.deepEqual([attributes['error.type'], attributes['db.operation.batch.size']], [undefined, 2]);
      assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [2, 2]);
      const counts = { 'cache.operations': 2, 'cache.hits': 2, 'cache.misses': 2 };
      for (const [metric, count] of Object.entries(counts)) {
        const points = await observer.points(metric, { 'cache.name': name });
        const read = points.filter(({ attributes: { 'cache.operation': operation } }) => operation !== 'set');
        assert.deepEqual([metric, ...read.map(({ value }) => value)], [metric, count]);
      }
    });
  }

  it('TRYAGAIN: members of a pipeline are told as they were answered the last time', async () => {
    const place = await servers.placeOf('{some}');
    const cluster = await connect({ retryDelayOnTryAgain: 5 });
    await cluster.set('{some}:1', 'old');
    const before = await errorsOf(place.owner, 'TRYAGAIN');
    let answer: Promise<unknown> | undefined;
    await servers.migrating(place, async () => {
      answer = observer.traced(() => cluster.pipeline().get('{some}:1').mget('{some}:1', '{some}:2').exec());
      await until(async () => (await errorsOf(place.owner, 'TRYAGAIN')) > before, 'it was to try again');
      await place.owner.call('SET', '{some}:1', 'new value');
    });
    assert.deepEqual(await answer, [
      [null, 'new value'],
      [null, ['new value', null]],
    ]);
    const { attributes } = observer.spans().at(-1)!;
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [2, 1]);
    assert.equal(attributes['cache.value_size'], 2 * 'new value'.length);
  });

  it('CLUSTERDOWN: a slot that nobody serves for a while, one operation without an error', async () => {
    const place = await servers.placeOf('down');
    const cluster = await connect({ retryDelayOnClusterDown: 5 });
    let answer: Promise<unknown> | undefined;
    await servers.unassigned(place, async () => {
      answer = observer.traced(() => cluster.get('down'));
      await until(async () => (await errorsOf(place.owner, 'CLUSTERDOWN')) > 0, 'it was refused');
    });
    assert.equal(await answer, null);
    const { attributes, status } = observer.span();
    assert.deepEqual([status.code, attributes['error.type'], attributes['cache.hit']], ['UNSET', undefined, false]);
    assert.equal(attributes['network.peer.port'], place.owner.port);
  });

  it('CLUSTERDOWN for too long: one failed operation', async () => {
    const cluster = await connect({ retryDelayOnClusterDown: 1, maxRedirections: 3 });
    await servers.unassigned(await servers.placeOf('down'), () =>
      observer.traced(() => assert.rejects(cluster.get('down'), /CLUSTERDOWN|Too many Cluster redirections/)),
    );
    assert.equal(observer.span().status.code, 'ERROR');
    assert.equal(observer.span().attributes['cache.hit'], undefined);
  });

  it('pipelines, transactions and scripts', async () => {
    const cluster = await connect();
    cluster.defineCommand('echoed', { numberOfKeys: 1, lua: 'return ARGV[1]' });
    await observer.traced(async () => {
      await cluster.pipeline().set('{a}:1', 'x').get('{a}:1').exec();
      await cluster.multi().set('{a}:1', 'x').get('{a}:1').exec();
      await (cluster as never as { echoed(key: string, value: string): Promise<string> }).echoed('{a}:1', 'x');
    });
    const [pipeline, transaction, script] = observer.spans();
    assert.equal(pipeline!.attributes['db.operation.name'], 'PIPELINE');
    assert.equal(transaction!.attributes['db.operation.name'], 'MULTI');
    assert.equal(script!.attributes['db.stored_procedure.name'], 'echoed');
    assert.equal(observer.spans().length, 3);
  });

  it('a script that is gone from the node where the last redirection leads: one operation', async () => {
    const cluster = await connect({ maxRedirections: 1 });
    cluster.defineCommand('echoed', { numberOfKeys: 1, lua: 'return ARGV[1]' });
    const echoed = () =>
      (cluster as never as { echoed(key: string, value: string): Promise<string> }).echoed('key', 'x');
    await echoed();
    for (const node of servers.nodes) await node.call('SCRIPT', 'FLUSH');
    mislead(cluster, await servers.placeOf('key'));
    const parent = await observer.traced(async (own) => {
      assert.equal(await echoed(), 'x');
      return own;
    });
    const { parentSpanId, status, attributes } = observer.span();
    assert.deepEqual([parentSpanId, status.code], [parent.spanId, 'UNSET']);
    assert.equal(attributes['db.stored_procedure.name'], 'echoed');
  });

  it('its connections are told under its name', async () => {
    const cluster = await connect({ redisOptions: { connectionName: 'linked' } });
    await Promise.all(Array.from({ length: 20 }, (_, index) => cluster.get(`key:${index}`)));
    const { created, limit } = await poolData(observer, 'linked');
    assert.ok(created['']! >= servers.masters.length, `${created['']} connections`);
    assert.deepEqual([Object.keys(created), limit], [[''], undefined]);
  });

  it('an error', async () => {
    const cluster = await connect();
    await cluster.lpush('list', 'x');
    await observer.traced(() => assert.rejects(cluster.get('list'), /WRONGTYPE/));
    assert.equal(observer.span().attributes['error.type'], 'WRONGTYPE');
  });

  const ways: Record<string, (cluster: Cluster) => Promise<unknown>> = {
    'a command': (cluster) => cluster.get('{a}:1'),
    'a pipeline': (cluster) => cluster.pipeline().get('{a}:1').get('{a}:2').exec(),
    'a transaction': (cluster) => cluster.multi().get('{a}:1').get('{a}:2').exec(),
  };
  for (const enableAutoPipelining of [false, true]) {
    for (const [what, ask] of Object.entries(ways)) {
      it(`${what} before the cluster is ready${enableAutoPipelining ? ', autopipelined' : ''}`, async () => {
        const cluster = client({ enableAutoPipelining });
        let connected = 0;
        cluster.once('connect', () => (connected = performance.now()));
        let called = 0;
        const parent = await observer.traced(async (own) => {
          const answer = ask(cluster);
          called = performance.now();
          await answer;
          return own;
        });
        const { parentSpanId, attributes } = observer.span();
        assert.equal(parentSpanId, parent.spanId);
        // It was sent some time after the first node had answered.
        const queued = (attributes['cache.queue_time'] as number) * 1000;
        assert.ok(queued >= connected - called, `${queued} of ${connected - called} ms`);
      });
    }
  }

  it('autopipelining: each command below its own caller', async () => {
    const cluster = await connect({ enableAutoPipelining: true });
    const parents = await Promise.all(
      ['a', 'b', 'c'].map((key) =>
        observer.traced(async (own) => {
          await cluster.get(key);
          return [`GET ${key}`, own.spanId];
        }),
      ),
    );
    const seen = observer.spans().map(({ name, parentSpanId }) => [name, parentSpanId]);
    assert.deepEqual(seen.sort(), parents.sort());
  });

  it('autopipelining and MOVED: each command is one operation', async () => {
    const cluster = await connect({ enableAutoPipelining: true });
    await cluster.set('{tag}:1', 'value');
    mislead(cluster, await servers.placeOf('{tag}'));
    await observer.traced(async () => {
      assert.deepEqual(await Promise.all([cluster.get('{tag}:1'), cluster.get('{tag}:2')]), ['value', null]);
    });
    const spans = observer.spans().map(({ status, attributes }) => [status.code, attributes['cache.hit']]);
    assert.deepEqual(spans, [
      ['UNSET', true],
      ['UNSET', false],
    ]);
  });

  it('autopipelining: a command that fails for good, alone or beside reads', async () => {
    const cluster = await connect({ enableAutoPipelining: true });
    await cluster.lpush('{tag}:list', 'x');
    await observer.traced(async () => {
      await assert.rejects(cluster.get('{tag}:list'), /WRONGTYPE/);
      await Promise.all([assert.rejects(cluster.get('{tag}:list'), /WRONGTYPE/), cluster.get('{tag}:1')]);
    });
    const shown = observer.spans().map(({ status, attributes }) => [status.code, attributes['error.type']]);
    assert.deepEqual(shown.sort(), [
      ['ERROR', 'WRONGTYPE'],
      ['ERROR', 'WRONGTYPE'],
      ['UNSET', undefined],
    ]);
  });

  it('autopipelining: what is refused with another command is a failed operation', async () => {
    const cluster = await connect({ enableAutoPipelining: true });
    await observer.traced(async () => {
      const answers = [cluster.get('{tag}:1'), cluster.mget('{tag}:1', '{other}:1'), cluster.get('{tag}:2')];
      for (const { status } of await Promise.allSettled<unknown>(answers)) assert.equal(status, 'rejected');
    });
    const shown = observer.spans().map(({ status, attributes }) => [attributes['db.query.text'], status.code]);
    assert.deepEqual(shown, [
      ['GET {tag}:*', 'ERROR'],
      ['MGET {tag}:* {other}:*', 'ERROR'],
      ['GET {tag}:*', 'ERROR'],
    ]);
    await observer.traced(() => cluster.get('{tag}:1'));
    assert.equal(observer.spans().at(-1)!.status.code, 'UNSET');
  });

  describe('a cluster that never comes: one failed span, below its caller', () => {
    const AUTOMATIC = { enableAutoPipelining: true };
    const NEVER: Record<
      string,
      [call: (cluster: Cluster) => Promise<unknown>, name: string, options?: ClusterOptions]
    > = {
      'a command': [(cluster) => cluster.get('user:1'), 'GET user:*'],
      'a pipeline': [(cluster) => cluster.pipeline().get('user:1').get('user:2').exec(), 'PIPELINE GET user:*'],
      'a transaction': [(cluster) => cluster.multi().get('user:1').get('user:2').exec(), 'MULTI GET user:*'],
      'a transaction of one command': [(cluster) => cluster.multi().get('user:1').exec(), 'GET user:*'],
      'an autopipelined command': [(cluster) => cluster.mget(['user:1', 'user:2']), 'MGET user:*', AUTOMATIC],
      'an autopipelined command with a prefix': [
        (cluster) => cluster.mget('user:1', 'user:2'),
        'MGET app:user:*',
        { ...AUTOMATIC, keyPrefix: 'app:' },
      ],
      'an autopipelined call': [
        (cluster) => cluster.call('GET', 'user:1') as Promise<unknown>,
        'GET user:*',
        AUTOMATIC,
      ],
    };
    for (const [what, [call, name, options]] of Object.entries(NEVER)) {
      it(what, async () => {
        const cluster = servers.closing(
          new Cluster([{ host: '127.0.0.1', port: 1 }], { clusterRetryStrategy: () => null, ...options }),
          (one) => one.disconnect(),
        );
        cluster.on('error', () => undefined);
        const parent = await observer.traced(async (own) => {
          await assert.rejects(call(cluster));
          return own;
        });
        const span = observer.span();
        assert.deepEqual([span.name, span.status.code, span.parentSpanId], [name, 'ERROR', parent.spanId]);
        assert.equal(span.attributes['server.port'], 1);
        assert.ok(!('cache.hit' in span.attributes || 'cache.queue_time' in span.attributes));
      });
    }
  });
});
