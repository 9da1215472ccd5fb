import assert from 'node:assert/strict';
import { createSentinel } from 'redis';
import { startSentinel, type SentinelSet } from '../../support/servers';
import { observe } from '../observe';

describe('redis: createSentinel', () => {
  const observer = observe();
  let servers: SentinelSet;
  let target: string;

  before(async function () {
    this.timeout(30_000);
    servers = await startSentinel();
    target = servers.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
  });
  after(() => servers.stop());

  async function connected<T>(use: (sentinel: ReturnType<typeof createSentinel>) => Promise<T>): Promise<T> {
    const sentinelRootNodes = servers.sentinels.map(({ host, port }) => ({ host, port }));
    const sentinel = createSentinel({ name: servers.masterName, sentinelRootNodes }) as ReturnType<
      typeof createSentinel
    >;
    sentinel.on('error', () => undefined);
    await sentinel.connect();
    try {
      return await use(sentinel);
    } finally {
      await sentinel.destroy();
    }
  }

  it('the sentinels are the target, the master is the peer', async () => {
    await connected(async (sentinel) => {
      const parent = await observer.traced(async (own) => {
        await sentinel.set('key', 'value');
        assert.equal(await sentinel.get('key'), 'value');
        return own;
      });
      const [set, get] = observer.spans();
      assert.equal(observer.spans().length, 2);
      for (const { attributes, parentSpanId } of [set!, get!]) {
        assert.equal(parentSpanId, parent.spanId);
        assert.equal(attributes['server.address'], target);
        assert.equal(attributes['cache.name'], servers.masterName);
        assert.equal(attributes['network.peer.port'], servers.master.port);
      }
    });
  });

  it('transactions, pipelines and leased clients', async () => {
    await connected(async (sentinel) => {
      await observer.traced(async () => {
        await sentinel.multi().get('a').get('b').exec();
        await sentinel.multi().get('a').get('b').execAsPipeline();
        await sentinel.use((client) => client.get('a'));
        const lease = await sentinel.acquire();
        await lease.get('b');
        await lease.release();
      });
    });
    const spans = observer.spans();
    assert.deepEqual(
      spans.map(({ attributes }) => attributes['db.operation.name']),
      ['MULTI GET', 'PIPELINE GET', 'GET', 'GET'],
    );
    assert.ok(spans.every(({ attributes }) => attributes['server.address'] === target));
  });

  it('a failover in the middle of traffic loses no span and invents none', async function () {
    this.timeout(40_000);
    await connected(async (sentinel) => {
      let calls = 0;
      let failed = 0;
      let isOver = false;
      const traffic = observer.traced(async () => {
        while (!isOver) {
          calls++;
          await sentinel.set(`key:${calls}`, 'x').catch(() => failed++);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      });
      await servers.failover();
      const before = calls;
      while (calls < before + 20) await new Promise((resolve) => setTimeout(resolve, 20));
      isOver = true;
      await traffic;
      const spans = observer.spans();
      assert.equal(spans.length, calls);
      assert.equal(spans.filter(({ status }) => status.code === 'ERROR').length, failed);
      assert.equal(spans.at(-1)!.attributes['network.peer.port'], servers.replica.port);
    });
  });
});
