import type * as memjs from 'memjs';
import { describeContract, type Callback } from '../../contract/contract';
import { startMemcached, type MemcachedServer } from '../../support/servers';
import { quiet } from './quiet';

let server: MemcachedServer;

function prototypes(require: NodeJS.Require): { client: object; server: object } {
  const { Client, Server } = require('memjs') as { Client: typeof memjs.Client; Server: typeof memjs.Server };
  return { client: Client.prototype, server: Server.prototype };
}

describeContract({
  client: 'memjs',
  packageName: 'memjs',
  names: { get: 'GET', set: 'SET', fail: 'INCR' },
  errorType: 'DELTA_BADVAL',
  longestKey: 250,
  start: async () => (server = await startMemcached([])),
  connect: (library) => {
    const client = (library as typeof memjs).Client.create(server.location, quiet);
    return Promise.resolve({
      get: async (key) => (await client.get(String(key))).value,
      set: (key, value) => client.set(String(key), value, {}),
      fail: (key) => client.increment(String(key), 1, {}),
      callbacks: {
        get: (key, callback: Callback) => client.get(String(key), callback),
        fail: (key, callback: Callback) => client.increment(String(key), 1, {}, callback),
      },
      close: () => client.close(),
    });
  },
  patched: (require) => {
    const { client, server } = prototypes(require);
    return [
      [client, 'perform'],
      [client, 'flush'],
      [server, 'sock'],
    ];
  },
});
