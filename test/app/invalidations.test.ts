import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';
import { createClient, createClientPool, createCluster } from 'redis';
import { MultiLevelCache } from '../../src';
import { useCluster } from '../adapters/use-cluster';
import { until } from '../support/children';
import { loadVersion } from '../support/library-versions';
import { PlainStore, useServers } from './stores';

/** Stands before a server, and holds back for a while what asks to listen. */
class SlowListening {
  isAsked = false;
  private readonly sockets = new Set<Socket>();
  private readonly held: (() => void)[] = [];
  private isHolding = false;
  private readonly server: Server;

  constructor(port: number) {
    this.server = createServer((socket) => {
      const onwards = connect(port);
      onwards.pipe(socket);
      socket.on('data', (data) => {
        if (!this.isHolding || !/subscribe/i.test(data.toString())) {
          onwards.write(data);
          return;
        }
        this.isAsked = true;
        this.held.push(() => onwards.write(data));
      });
      for (const [one, two] of [
        [socket, onwards],
        [onwards, socket],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => two.destroy());
      }
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as { port: number }).port;
  }

  begin(): void {
    this.isHolding = true;
  }

  end(): void {
    this.isHolding = false;
    for (const send of this.held.splice(0)) send();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('invalidations of a MultiLevelCache', () => {
  const servers = useServers();
  const cluster = useCluster();
  let redis: Redis;
  before(() => {
    redis = new Redis(servers.redis.port, servers.redis.host);
  });
  servers.closing(() => redis.disconnect());
  const caches: MultiLevelCache<number>[] = [];
  afterEach(() => Promise.all(caches.splice(0).map((cache) => cache.close())));

  /** Of the same name, as another process has it. */
  async function make(levels: object[], name: string): Promise<MultiLevelCache<number>> {
    const cache = new MultiLevelCache<number>(levels, { name, prefix: `${name}:`, ttl: 60 });
    caches.push(cache);
    await cache.ready();
    return cache;
  }

  for (const [kind, near] of [
    ['Keyv', () => new Keyv()],
    ['an object', () => new PlainStore()],
  ] as const) {
    it(`what another process deletes leaves ${kind} in this one`, async () => {
      const one = await make([near(), redis], `near ${kind}`);
      const other = await make([near(), redis], `near ${kind}`);
      await one.set('a', 1);
      assert.equal(await other.get('a'), 1);
      await one.delete('a');
      await until(async () => (await other.get('a')) === undefined, 'it was heard');
    });
  }

  it('what lies behind Redis is not removed, for it may be shared', async () => {
    const far = new PlainStore();
    const one = await make([new Map(), redis, far], 'behind');
    const near = new Map();
    const other = await make([near, redis, far], 'behind');
    await other.set('a', 1);
    await one.set('a', 2);
    await until(() => near.size === 0, 'it was heard');
    await redis.del('behind:a');
    assert.equal(await other.get('a'), 2);
  });

  it('a level that fails to forget harms nobody', async () => {
    const dispose = (): never => {
      throw new Error('of the application');
    };
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listener);
    try {
      const map = new Map();
      const one = await make([new LRUCache<string, object>({ max: 9, dispose }), map, redis], 'fails');
      const other = await make([new Map(), redis], 'fails');
      await one.set('a', 1);
      await other.delete('a');
      await until(() => map.size === 0, 'it was heard');
      await new Promise(setImmediate);
      assert.deepEqual(unhandled, []);
    } finally {
      process.off('unhandledRejection', listener);
    }
  });

  it('however many caches a client has, it has one listener', async () => {
    const client = new Redis(servers.redis.port, servers.redis.host);
    const before = client.listenerCount('end');
    const names = Array.from({ length: 12 }, (_, i) => `many ${i}`);
    await Promise.all(names.map((name) => make([new Map(), client], name)));
    assert.equal(client.listenerCount('end'), before + 1);
    client.disconnect();
    const listening = async (): Promise<number> => (await redis.pubsub('CHANNELS', 'cache:invalidations:many*')).length;
    await until(async () => (await listening()) === 0, 'nobody listens any more');
  });

  it('what was read before it listened again is not trusted', async () => {
    const late = new SlowListening(servers.redis.port);
    const client = new Redis(await late.start());
    try {
      const near = new Map();
      const one = await make([near, client], 'late');
      const other = await make([new Map(), redis], 'late');
      await other.set('a', 1);
      late.begin();
      await servers.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await until(() => late.isAsked, 'it is about to listen again');
      assert.equal(await one.get('a'), 1);
      // Nobody tells it.
      await other.set('a', 2);
      late.end();
      await until(async () => (await one.get('a')) === 2, 'it has asked again');
    } finally {
      client.disconnect();
      await Promise.all(caches.splice(0).map((cache) => cache.close()));
      await late.stop();
    }
  });

  it('nobody listens for a cluster of node-redis that was closed', async function () {
    this.timeout(60_000);
    const client = createCluster({ rootNodes: cluster.masters.map(({ host, port }) => ({ socket: { host, port } })) });
    await client.connect();
    await make([new Map(), client], 'a closed cluster');
    client.destroy();
    const listening = async (): Promise<boolean> => {
      const channels = cluster.nodes.map((node) => node.call('PUBSUB', 'CHANNELS', 'cache:invalidations:a closed*'));
      return (await Promise.all(channels)).some((found) => (found as unknown[]).length > 0);
    };
    await until(async () => !(await listening()), 'nobody listens any more');
  });

  it('a pool of node-redis may be connected later', async () => {
    const pool = createClientPool({ url: servers.redis.url });
    const near = new Map();
    const one = new MultiLevelCache<number>([near, pool], { name: 'a later pool', prefix: 'later:', ttl: 60 });
    caches.push(one);
    await pool.connect();
    const other = await make([new Map(), redis], 'a later pool');
    await one.ready();
    await one.set('a', 1);
    await other.clear();
    await until(() => near.size === 0, 'it was heard');
    pool.destroy();
  });

  for (const [kind, open] of [
    ['ioredis', () => new Redis(servers.redis.port, servers.redis.host)],
    ['redis', () => createClient({ url: servers.redis.url }).connect()],
  ] as const) {
    it(`hears others again over a client that was closed and is connected again: ${kind}`, async () => {
      const client = await open();
      const near = new Map();
      const one = await make([near, client], `again ${kind}`);
      const other = await make([new Map(), redis], `again ${kind}`);
      for (const value of [1, 2]) {
        await one.set('a', value);
        const ended = once(client, 'end');
        if ('destroy' in client) client.destroy();
        else client.disconnect();
        await ended;
        await client.connect();
        await until(() => near.size === 0, 'nothing is trusted');
      }
      await one.set('a', 3);
      await other.delete('a');
      await until(() => near.size === 0, 'it was heard');
      if ('destroy' in client) client.destroy();
      else client.disconnect();
    });
  }

  const nowhere = { host: '127.0.0.1', port: 1 };
  const CLIENTS: Record<string, () => unknown> = {
    ioredis: () => new Redis({ ...nowhere, lazyConnect: true, retryStrategy: () => 20 }),
    'redis 6': () => createClient({ socket: nowhere }),
    'a pool of redis 6': () => createClientPool({ socket: nowhere }),
    'redis 5.12.1': async () =>
      ((await loadVersion('redis', '5.12.1')) as { createClient: typeof createClient }).createClient({
        socket: nowhere,
      }),
    'redis 4.7.1': async () =>
      ((await loadVersion('redis', '4.7.1')) as { createClient: typeof createClient }).createClient({
        socket: nowhere,
      }),
  };
  for (const [name, open] of Object.entries(CLIENTS)) {
    it(`is closed while its server is away: ${name}`, async function () {
      this.timeout(60_000);
      const client = (await open()) as Redis;
      client.on('error', () => undefined);
      const cache = new MultiLevelCache<number>([new Map(), client], { name: 'away' });
      assert.equal(await cache.getOrSet('a', () => 1), 1);
      await cache.close();
      await cache.ready();
      if (name === 'ioredis') client.disconnect();
    });
  }
});
