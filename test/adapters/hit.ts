import assert from 'node:assert/strict';
import { VERSION } from '../../src/version';
import type { Observer } from './observe';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** A value of `valueSize` bytes was read by the key `user:42:profile` of the only server: everything that is told of it. */
export async function assertHit(
  observer: Observer,
  system: 'redis' | 'memcached',
  { host, port }: Place,
  valueSize: number,
  read: () => Promise<void>,
): Promise<void> {
  const parent = await observer.traced(async (own) => {
    await read();
    return own;
  });
  const { name, kind, traceId, parentSpanId, scope, status, attributes } = observer.span();
  assert.equal(name, 'GET user:*:profile');
  assert.deepEqual([kind, traceId, parentSpanId], ['CLIENT', parent.traceId, parent.spanId]);
  assert.deepEqual(scope, { name: 'opentelemetry-instrumentation-cache', version: VERSION });
  assert.deepEqual(status, { code: 'UNSET' });
  assert.deepEqual(attributes, {
    'db.system.name': system,
    'db.operation.name': 'GET',
    ...(system === 'redis' && { 'db.namespace': '0' }),
    'db.query.text': 'GET user:*:profile',
    'db.query.summary': 'GET user:*:profile',
    'server.address': host,
    'server.port': port,
    'network.peer.address': host,
    'network.peer.port': port,
    'cache.name': `${host}:${port}`,
    'cache.operation': 'get',
    'cache.key_pattern': 'user:*:profile',
    'cache.hit': true,
    'cache.value_size': valueSize,
  });
}
