import type * as Library from '@redis/client';
import { describeContract, type Key, type PatchedMethod } from '../../contract/contract';
import { startRedis, type RedisServer } from '../../support/servers';

let server: RedisServer;

type File = Record<string, { prototype: object }>;

function fileOf(require: NodeJS.Require, file: string): File {
  return require(`@redis/client/dist/lib/${file}`) as File;
}

function prototypeIn(require: NodeJS.Require, file: string, name = 'default'): object {
  return fileOf(require, file)[name]!.prototype;
}

function sendCommand(require: NodeJS.Require): PatchedMethod {
  return [prototypeIn(require, 'client/index'), 'sendCommand'];
}

describeContract({
  client: 'redis',
  packageName: '@redis/client',
  names: { get: 'GET', set: 'SET', fail: 'LPUSH' },
  errorType: 'WRONGTYPE',
  longestKey: 1_000_000,
  start: async () => (server = await startRedis({})),
  connect: async (library) => {
    const { createClient, RESP_TYPES } = library as typeof Library;
    const client = createClient({ socket: { host: server.host, port: server.port } });
    client.on('error', () => undefined);
    await client.connect();
    const legacy = client.legacy();
    // The methods of commands take strings and buffers only.
    const text = (key: Key) => (typeof key === 'number' ? String(key) : key);
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    return {
      get: (key) => bytes.sendCommand(['GET', text(key)]),
      set: (key, value) => client.set(text(key), value),
      fail: (key) => client.lPush(text(key), 'x'),
      callbacks: {
        get: (key, callback) => void legacy.sendCommand(['GET', text(key) as string], callback),
        fail: (key, callback) => void legacy.sendCommand(['LPUSH', text(key) as string, 'x'], callback),
      },
      close: () => client.destroy(),
    };
  },
  sending: sendCommand,
  patched: (require) => [
    sendCommand(require),
    ...['connect', '_executeMulti', '_executePipeline', '_executeScript'].map((method): PatchedMethod => [
      prototypeIn(require, 'client/index'),
      method,
    ]),
    [prototypeIn(require, 'client/linked-list', 'DoublyLinkedList'), 'push'],
    [prototypeIn(require, 'client/linked-list', 'DoublyLinkedList'), 'unshift'],
    [prototypeIn(require, 'client/socket'), 'connect'],
    [prototypeIn(require, 'client/pool', 'RedisClientPool'), 'execute'],
    [prototypeIn(require, 'client/cache', 'BasicClientSideCache'), 'get'],
    [prototypeIn(require, 'client/cache', 'BasicClientSideCache'), 'handleCache'],
    [prototypeIn(require, 'cluster/index'), 'connect'],
    [prototypeIn(require, 'cluster/index'), 'MULTI'],
    [prototypeIn(require, 'cluster/index'), '_executeWithPolicies'],
    [prototypeIn(require, 'cluster/multi-command'), 'exec'],
    [prototypeIn(require, 'cluster/multi-command'), 'execAsPipeline'],
    [prototypeIn(require, 'cluster/cluster-slots'), 'connect'],
    [fileOf(require, 'cluster/cluster-slots'), 'default'],
    [prototypeIn(require, 'sentinel/index'), '_execute'],
    [prototypeIn(require, 'sentinel/index'), 'duplicate'],
    [fileOf(require, 'sentinel/index')['default']!, 'factory'],
    [prototypeIn(require, 'sentinel/index', 'RedisSentinelClient'), '_execute'],
    [fileOf(require, 'sentinel/index')['RedisSentinelClient']!, 'create'],
  ],
});
