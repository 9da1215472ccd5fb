import assert from 'node:assert/strict';
import { endpointOf, hostPort } from '../../src/telemetry/endpoint';

describe('endpoints', () => {
  it('are named as in cacheNames', () => {
    assert.equal(hostPort({ address: 'localhost', port: 6379 }), 'localhost:6379');
    assert.equal(hostPort({ address: '10.0.0.1', port: 1 }), '10.0.0.1:1');
    assert.equal(hostPort({ address: '::1', port: 6379 }), '[::1]:6379');
    assert.equal(hostPort({ address: '[::1]', port: 6379 }), '[::1]:6379');
    assert.equal(hostPort({ address: '/var/run/redis.sock' }), '/var/run/redis.sock');
    assert.equal(hostPort({ address: '::1' }), '::1');
  });

  it('of several servers are their comma list, without a port', () => {
    const one = { address: 'a', port: 1 };
    assert.equal(endpointOf([one]), one);
    assert.deepEqual(endpointOf([one, { address: '::1', port: 2 }]), { address: 'a:1,[::1]:2' });
    assert.deepEqual(endpointOf([]), { address: '' });
  });
});
