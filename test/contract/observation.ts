import assert from 'node:assert/strict';
import { observe } from '../adapters/observe';
import { requireHere } from './library-copies';
import type { Connection, Subject } from './subject';

/** What is told of the operations. */
export function describeObservation(subject: Subject): void {
  describe('an operation', () => {
    const observer = observe();
    let connection: Connection;
    before(async () => {
      connection = await subject.connect(requireHere(subject.packageName));
    });
    after(() => connection.close());

    async function attributesOf(operation: () => Promise<unknown>) {
      const parent = await observer.traced(async (own) => {
        await operation();
        return own;
      });
      const { parentSpanId, traceId, kind, attributes } = observer.span();
      assert.deepEqual([traceId, parentSpanId, kind], [parent.traceId, parent.spanId, 'CLIENT']);
      return attributes;
    }

    it('is one span below its caller', async () => {
      const attributes = await attributesOf(() => connection.set('key:1', 'value'));
      assert.equal(attributes['db.operation.name'], subject.names.set);
      assert.equal(attributes['cache.key_pattern'], 'key:*');
      assert.equal(attributes['cache.operation'], 'set');
    });

    it('a hit, and its size in bytes', async () => {
      await connection.set('key:1', 'grüße €');
      const attributes = await attributesOf(() => connection.get('key:1'));
      assert.equal(attributes['db.operation.name'], subject.names.get);
      assert.deepEqual([attributes['cache.hit'], attributes['cache.value_size']], [true, 11]);
    });

    it('the size of what is written, in bytes', async () => {
      assert.equal((await attributesOf(() => connection.set('key:1', 'grüße €')))['cache.value_size'], 11);
    });

    it('bytes', async () => {
      await connection.set('key:1', Buffer.from([0xff, 0, 0xfe]));
      assert.equal((await attributesOf(() => connection.get('key:1')))['cache.value_size'], 3);
    });

    it('an empty string is a hit', async () => {
      await connection.set('key:1', '');
      const attributes = await attributesOf(() => connection.get('key:1'));
      assert.deepEqual([attributes['cache.hit'], attributes['cache.value_size']], [true, 0]);
    });

    it('a miss', async () => {
      const attributes = await attributesOf(() => connection.get('missing'));
      assert.deepEqual([attributes['cache.hit'], attributes['cache.value_size']], [false, undefined]);
      assert.equal(observer.span().status.code, 'UNSET');
    });

    it('an error is neither hit nor miss', async () => {
      await connection.set('key:1', 'text');
      const attributes = await attributesOf(() => assert.rejects(connection.fail('key:1')));
      assert.equal(attributes['db.operation.name'], subject.names.fail);
      assert.equal(attributes['error.type'], subject.errorType);
      assert.equal(attributes['cache.hit'], undefined);
      assert.equal(observer.span().status.code, 'ERROR');
    });

    it('by callback is one span too', async () => {
      const { callbacks } = connection;
      if (callbacks === undefined) return;
      await connection.set('key:1', 'value');
      const attributes = await attributesOf(
        () => new Promise((resolve) => callbacks.get('key:1', (_error, result) => resolve(result))),
      );
      assert.equal(attributes['cache.hit'], true);
    });

    for (const [what, run] of [
      ['without a parent', (operation: () => Promise<unknown>) => operation()],
      ['below a parent that is not sampled', (operation) => observer.traced(operation, { sampled: false })],
    ] as [string, (operation: () => Promise<unknown>) => Promise<unknown>][]) {
      it(`counts ${what}, and makes no span`, async () => {
        const key = `${what.replaceAll(' ', '-')}:1`;
        const pattern = { 'cache.key_pattern': `${what.replaceAll(' ', '-')}:*` };
        await run(() => connection.get(key));
        await run(() => connection.set(key, 'value'));
        await run(() => connection.get(key));
        await run(() => connection.get(key));
        assert.deepEqual(observer.spans(), []);
        const values = async (name: string) => (await observer.points(name, pattern)).map(({ value }) => value);
        assert.deepEqual([await values('cache.hits'), await values('cache.misses')], [[2], [1]]);
      });
    }
  });
}
