import type Memcached from 'memcached';
import { describeContract, type Callback, type Key } from '../../contract/contract';
import { startMemcached, type MemcachedServer } from '../../support/servers';
import { callsOf } from './calls';

let server: MemcachedServer;

describeContract({
  client: 'memcached',
  packageName: 'memcached',
  names: { get: 'GET', set: 'SET', fail: 'INCR' },
  errorType: 'CLIENT_ERROR',
  longestKey: 250,
  start: async () => (server = await startMemcached([])),
  connect: (library) => {
    const client = new (library as typeof Memcached)(server.location);
    const call = callsOf(client);
    return Promise.resolve({
      get: (key: Key) => call('get', key),
      set: (key: Key, value) => call('set', key, value, 0),
      fail: (key: Key) => call('incr', key, 1),
      callbacks: {
        get: (key: Key, callback: Callback) => client.get(String(key), callback),
        fail: (key: Key, callback: Callback) => client.incr(String(key), 1, callback),
      },
      close: () => client.end(),
    });
  },
  patched: (require) => {
    const { prototype } = require('memcached') as typeof Memcached;
    return [
      [prototype, 'command'],
      [prototype, 'multi'],
      [prototype, 'connect'],
      [prototype, 'rawDataReceived'],
    ];
  },
});
