import assert from 'node:assert/strict';
import { until } from '../../support/children';
import { observe } from '../observe';
import type { TestClient } from './use-redis';
import { overVersions } from './versions';

overVersions('the database in use', {}, (versioned, version) => {
  const observer = observe();
  let client: TestClient;
  let address: string;
  beforeEach(async () => {
    const { host, port } = versioned.server;
    address = `${host}:${port}`;
    client = await versioned.connect();
    for (const database of [3, 4, 0]) {
      await client.select(database);
      await client.set('where', String(database));
    }
  });

  /** Asks the server where a client is, and the telemetry where it says that the client is. */
  async function assertUses(database: number, one = client): Promise<void> {
    observer.sdk.reset();
    const found = await observer.traced(() => one.get('where'));
    const { attributes } = observer.span();
    assert.deepEqual([found, attributes['db.namespace']], [String(database), String(database)]);
    assert.equal(attributes['cache.name'], database === 0 ? address : `${address}/${database}`);
  }

  async function reconnects(one = client): Promise<void> {
    let lost = false;
    let ready = false;
    one.once('reconnecting', () => (lost = true));
    one.once('ready', () => (ready = true));
    await versioned.server.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(() => lost && ready, 'the client has connected again');
  }

  it('SELECT: refused, and another one right behind it that is not', async () => {
    await client.select(3);
    await assert.rejects(client.select(99), /out of range/);
    await assertUses(3);
    const refused = assert.rejects(client.select(99), /out of range/);
    await client.select(4);
    await refused;
    await assertUses(4);
  });

  it('after a lost connection: what was selected by its method, not by a raw command', async () => {
    await client.select(3);
    await client.sendCommand(['SELECT', '4']);
    await assertUses(4);
    await reconnects();
    await assertUses(3);
  });

  it('RESET leads to the first one, until the client connects again', async () => {
    await client.select(3);
    await client.sendCommand(['RESET']);
    await assertUses(0);
    await reconnects();
    await assertUses(3);
  });

  it('RESET in a transaction, which ends that', async () => {
    await client.select(3);
    const transaction = client.multi().set('where', 'changed').addCommand(['RESET']).get('where').get('none');
    await observer.traced(() => assert.rejects(transaction.exec(), /EXEC without MULTI/));
    const { attributes } = observer.span();
    assert.deepEqual([attributes['cache.hits'], attributes['cache.misses']], [1, 1]);
    await assertUses(0);
    await client.select(3);
    await client
      .multi()
      .addCommand(['RESET'])
      .addCommand(['SELECT', '4'])
      .exec()
      .catch(() => undefined);
    await assertUses(4);
  });

  it('SELECT in a transaction, as a raw command', async () => {
    await client.multi().addCommand(['SELECT', '4']).get('where').exec();
    await assertUses(4);
    await client.select(3);
    await client.multi().addCommand(['SELECT', '4']).exec();
    await reconnects();
    await assertUses(3);
  });

  it('SELECT in a transaction, refused', async () => {
    await client
      .multi()
      .addCommand(['SELECT', '3'])
      .addCommand(['SELECT', '99'])
      .exec()
      .catch(() => undefined);
    await assertUses(3);
  });

  it('SELECT in a transaction that WATCH has aborted', async () => {
    await client.watch('watched');
    await versioned.server.call('INCR', 'watched');
    await client
      .multi()
      .addCommand(['SELECT', '4'])
      .get('where')
      .exec()
      .catch(() => undefined);
    await assertUses(0);
  });

  // It has no such methods.
  if (version === '4.0.0') return;

  it('SELECT in a transaction: what follows counts for that database', async () => {
    await observer.traced(() => client.multi().select(4).set('item:1', 'x').get('item:1').exec());
    const { attributes } = observer.span();
    assert.deepEqual([attributes['db.namespace'], attributes['cache.name']], ['4', `${address}/4`]);
    const measured = { 'db.operation.name': 'MULTI', 'db.namespace': '4' };
    assert.equal((await observer.points('db.client.operation.duration', measured)).length, 1);
    await assertUses(4);
    for (const name of ['cache.hits', 'cache.writes_without_ttl']) {
      const told = await observer.points(name, { 'cache.key_pattern': 'item:*' });
      assert.deepEqual(
        told.map(({ attributes }) => attributes['cache.name']),
        [`${address}/4`],
      );
    }
  });

  it('what follows a SELECT that is refused counts where it has been', async () => {
    await observer.traced(async () => {
      await client
        .multi()
        .addCommand(['SELECT', '96'])
        .get('part:1')
        .get('part:2')
        .exec()
        .catch(() => undefined);
      await assert.rejects(client.multi().addCommand(['SELECT', '96']).get('part:1').execAsPipeline());
    });
    const told = (await observer.spansOnce(2)).map(({ attributes }) => attributes['db.namespace']);
    assert.deepEqual(told, ['0', '0']);
    const misses = await observer.points('cache.misses', { 'cache.key_pattern': 'part:*' });
    assert.deepEqual(
      misses.map(({ attributes }) => attributes['cache.name']),
      [address],
    );
  });

  it('SELECT in a pipeline', async () => {
    await client.multi().select(4).execAsPipeline();
    await assertUses(4);
    await assert.rejects(client.multi().addCommand(['SELECT', '3']).addCommand(['SELECT', '99']).execAsPipeline());
    await assertUses(3);
    await reconnects();
    await assertUses(4);
  });
});
