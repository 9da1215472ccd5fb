import assert from 'node:assert/strict';
import { createClient, createCluster, type RedisClusterOptions } from 'redis';
import { poolData } from '../../pools/pools';
import { observe } from '../observe';
import { errorsOf, type Place, useCluster } from '../use-cluster';

type ClientCluster = ReturnType<typeof createCluster>;

describe('redis: createCluster', () => {
  const observer = observe();
  const servers = useCluster();

  async function connect(options: Partial<RedisClusterOptions> = {}): Promise<ClientCluster> {
    const rootNodes = servers.masters.map(({ host, port }) => ({ socket: { host, port } }));
    const cluster = createCluster({ rootNodes, ...options } as RedisClusterOptions) as unknown as ClientCluster;
    cluster.on('error', () => undefined);
    servers.closing(cluster, (one) => one.destroy());
    await cluster.connect();
    return cluster;
  }

  /** Makes the client believe in a slot map that is out of date. */
  function mislead(cluster: ClientCluster, { slot, other }: Place): void {
    const master = cluster.nodeByAddress.get(`${other.host}:${other.port}`);
    cluster.slots[slot] = { ...cluster.slots[slot]!, master: master as never };
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

  it('root nodes by URL, and a name', async () => {
    const { host, port } = servers.masters[0]!;
    const cluster = await connect({ rootNodes: [{ url: `redis://${host}:${port}` }], defaults: { name: 'named' } });
    await observer.traced(() => cluster.sendCommand('key', true, ['GET', 'key']));
    const { attributes } = observer.span();
    assert.deepEqual(
      [attributes['server.address'], attributes['server.port'], attributes['cache.name']],
      [host, port, 'named'],
    );
  });

  it('MOVED: one operation, counted once', async () => {
    const cluster = await connect({ defaults: { name: 'moved' } });
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
    const operations = await observer.points('cache.operations', { 'cache.name': 'moved', 'cache.operation': 'get' });
    assert.deepEqual(
      operations.map(({ value }) => value),
      [1],
    );
  });

  it('ASK: one operation', async () => {
    const cluster = await connect();
    const place = await servers.placeOf('key');
    await servers.migrating(place, () => observer.traced(async () => assert.equal(await cluster.get('key'), null)));
    const { attributes, status } = observer.span();
    assert.deepEqual([status.code, attributes['cache.hit']], ['UNSET', false]);
    assert.equal(attributes['network.peer.port'], place.other.port);
  });

  it('TRYAGAIN, which the client hands on: one failed operation', async () => {
    const cluster = await connect({ defaults: { name: 'tried-again' } });
    const place = await servers.placeOf('{half}');
    await cluster.set('{half}:1', 'value');
    await servers.migrating(place, () =>
      observer.traced(() => assert.rejects(cluster.mGet(['{half}:1', '{half}:2']), /TRYAGAIN/)),
    );
    assert.equal(await errorsOf(place.owner, 'TRYAGAIN'), 1);
    const { name, attributes, status } = observer.span();
    assert.deepEqual([name, status.code, attributes['cache.misses']], ['MGET {half}:*', 'ERROR', undefined]);
    assert.deepEqual([attributes['error.type'], attributes['db.response.status_code']], ['TRYAGAIN', 'TRYAGAIN']);
    assert.equal(attributes['network.peer.port'], place.owner.port);
    const counted = await observer.points('db.client.operation.duration', { 'error.type': 'TRYAGAIN' });
    assert.deepEqual(
      counted.map(({ histogram }) => histogram!.count),
      [1],
    );
  });

  it('CLUSTERDOWN, which the client hands on: one failed operation', async () => {
    const cluster = await connect();
    const place = await servers.placeOf('down');
    await servers.unassigned(place, () => observer.traced(() => assert.rejects(cluster.get('down'), /CLUSTERDOWN/)));
    const { attributes, status } = observer.span();
    assert.deepEqual(
      [status.code, attributes['error.type'], attributes['cache.hit']],
      ['ERROR', 'CLUSTERDOWN', undefined],
    );
    await observer.traced(() => cluster.get('down'));
    assert.equal(observer.spans().at(-1)!.status.code, 'UNSET');
  });

  it('MOVED: a transaction is one operation', async () => {
    const cluster = await connect();
    await cluster.set('{tag}:1', 'value');
    mislead(cluster, await servers.placeOf('{tag}'));
    await observer.traced(async () => {
      assert.deepEqual(await cluster.multi().get('{tag}:1').get('{tag}:2').exec(), ['value', null]);
    });
    const { attributes, status } = observer.span();
    assert.equal(status.code, 'UNSET');
    assert.equal(attributes['server.address'], servers.target);
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
  });

  it('pipelines', async () => {
    const cluster = await connect();
    await observer.traced(() => cluster.multi().get('{tag}:1').get('{tag}:2').execAsPipeline());
    const { attributes } = observer.span();
    assert.deepEqual([attributes['db.operation.name'], attributes['cache.misses']], ['PIPELINE GET', 2]);
    assert.equal(attributes['server.address'], servers.target);
  });

  it('a command that is split over the nodes stays one operation', async () => {
    const cluster = await connect({ defaults: { name: 'split' } });
    const keys = Array.from({ length: 20 }, (_, index) => `item:${index}`);
    await observer.traced(async () => {
      await cluster.mSet(keys.slice(0, 10).flatMap((key) => [key, 'xx']));
      const values = await cluster.mGet(keys);
      assert.deepEqual([values[0], values[19]], ['xx', null]);
      assert.equal(await cluster.del(keys), 10);
    });
    const [set, get, del] = observer.spans();
    assert.equal(observer.spans().length, 3);
    assert.deepEqual([set!.name, set!.attributes['cache.value_size']], ['MSET item:*', 20]);
    assert.equal(get!.name, 'MGET item:*');
    assert.deepEqual([get!.attributes['cache.hits'], get!.attributes['cache.misses']], [10, 10]);
    assert.equal(del!.attributes['cache.deleted_count'], 10);
    const operations = await observer.points('cache.operations', { 'cache.name': 'split' });
    assert.deepEqual(
      operations.map(({ value }) => value),
      [1, 1, 1],
    );
  });

  it('parts that are answered when the command has failed already count nowhere', async () => {
    const cluster = await connect({ defaults: { name: 'late' } });
    const place = await servers.placeOf('{some}');
    const late = await servers.keyOn(place.other);
    await cluster.set('{some}:1', 'value');
    await servers.migrating(place, async () => {
      place.other.pause();
      try {
        await observer.traced(() => assert.rejects(cluster.mGet(['{some}:1', '{some}:2', late]), /TRYAGAIN/));
      } finally {
        place.other.resume();
      }
    });
    // What is sent after it is answered after it.
    await cluster.set(late, 'value');
    assert.equal(observer.span().attributes['cache.misses'], undefined);
    assert.deepEqual(await observer.points('cache.misses', { 'cache.name': 'late' }), []);
  });

  describe('what the application asks for when it hears of an event is no part of the call that led to it', () => {
    const shown = () => observer.spans().map(({ name, parentSpanId }) => [name, parentSpanId]);

    it('a node is connected to', async () => {
      const cluster = await connect({ minimizeConnections: true });
      const [node] = servers.masters;
      const itsOwn = await servers.keyOn(node!);
      const single = servers.closing(createClient({ url: node!.url }), (one) => one.destroy());
      await single.connect();
      let answered: Promise<string> | undefined;
      cluster.once('node-connect', () => {
        answered = observer.traced(async ({ spanId }) => {
          await single.set(itsOwn, 'value');
          await cluster.get('heard:1');
          return spanId;
        });
      });
      const caller = await observer.traced(async ({ spanId }) => {
        await cluster.get('key');
        return spanId;
      });
      const listener = await answered;
      const expected = [
        ['GET heard:*', listener],
        ['GET key', caller],
        ['SET key:*', listener],
      ];
      assert.deepEqual(shown().sort(), expected);
    });

    it('a node has left', async () => {
      const cluster = await connect();
      const place = await servers.placeOf('key');
      const gone = createClient({ url: place.other.url });
      await gone.connect();
      let answered: Promise<string> | undefined;
      gone.once('end', () => {
        answered = observer.traced(async ({ spanId }) => {
          await cluster.get('heard:1');
          return spanId;
        });
      });
      cluster.nodeByAddress.set('gone:1', { address: 'gone:1', client: gone } as never);
      mislead(cluster, place);
      const caller = await observer.traced(async ({ spanId }) => {
        await cluster.get('key');
        return spanId;
      });
      const expected = [
        ['GET heard:*', await answered],
        ['GET key', caller],
      ];
      assert.deepEqual(shown().sort(), expected);
    });
  });

  it('client-side caching: a hit in the client is no command to a node', async () => {
    const cluster = await connect({ RESP: 3, clientSideCache: { ttl: 0 } });
    await cluster.set('key', 'value');
    await observer.traced(async () => {
      for (let index = 0; index < 2; index++) assert.equal(await cluster.get('key'), 'value');
    });
    const found = observer.spans().map(({ attributes }) => [attributes['cache.level'], attributes['cache.hit']]);
    assert.deepEqual(found, [
      [undefined, true],
      ['client', true],
    ]);
  });

  it('its connections are told under its name', async () => {
    const cluster = await connect({ defaults: { name: 'linked' } });
    await Promise.all(Array.from({ length: 20 }, (_, index) => cluster.get(`key:${index}`)));
    const { created, limit } = await poolData(observer, 'linked');
    assert.ok(created['']! >= servers.masters.length, `${created['']} connections`);
    assert.deepEqual([Object.keys(created), limit], [[''], undefined]);
  });

  it('an error that no retry helps against', async () => {
    const cluster = await connect();
    await cluster.lPush('list', 'x');
    await observer.traced(() => assert.rejects(cluster.get('list')));
    const { attributes, status } = observer.span();
    assert.deepEqual([status.code, attributes['error.type']], ['ERROR', 'WRONGTYPE']);
  });

  it('redirected too often: one failed span', async () => {
    const cluster = await connect({ maxCommandRedirections: 0 });
    mislead(cluster, await servers.placeOf('key'));
    await observer.traced(() => assert.rejects(cluster.get('key')));
    assert.equal(observer.span().status.code, 'ERROR');
  });

  it('refreshes of the topology are silent, and so are commands to all nodes that are about connections', async () => {
    const cluster = await observer.traced(() => connect());
    await observer.traced(async () => {
      const place = await servers.placeOf('key');
      mislead(cluster, place);
      await cluster.get('key');
      await cluster.ping();
    });
    assert.equal(observer.span().name, 'GET key');
  });
});
