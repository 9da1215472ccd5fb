import { Redis } from 'ioredis';
import { describeContract, type Key, type PatchedMethod } from '../../contract/contract';
import { until } from '../../support/children';
import { startRedis, type RedisServer } from '../../support/servers';

let server: RedisServer;

/** The prototype of the class that a file of ioredis exports. */
function prototypeIn(require: NodeJS.Require, file: string): object {
  return (require(`ioredis/built/${file}`) as { default: { prototype: object } }).default.prototype;
}

function sendCommand(require: NodeJS.Require): PatchedMethod {
  return [prototypeIn(require, 'Redis'), 'sendCommand'];
}

describeContract({
  client: 'ioredis',
  packageName: 'ioredis',
  names: { get: 'GET', set: 'SET', fail: 'LPUSH' },
  errorType: 'WRONGTYPE',
  longestKey: 1_000_000,
  start: async () => (server = await startRedis({})),
  connect: async (library) => {
    const redis = new (library as { default: typeof Redis }).default(server.port, server.host);
    await until(() => redis.status === 'ready', 'the client is ready');
    return {
      get: (key: Key) => redis.get(key as string),
      set: (key: Key, value) => redis.set(key as string, value),
      fail: (key: Key) => redis.lpush(key as string, 'x'),
      callbacks: {
        get: (key, callback) => void redis.get(key as string, callback),
        fail: (key, callback) => void redis.lpush(key as string, 'x', callback),
      },
      close: () => redis.disconnect(),
    };
  },
  sending: sendCommand,
  patched: (require) => [
    sendCommand(require),
    [prototypeIn(require, 'Pipeline'), 'exec'],
    [prototypeIn(require, 'Pipeline'), 'sendCommand'],
    [prototypeIn(require, 'cluster/index'), 'sendCommand'],
    [prototypeIn(require, 'cluster/index'), 'delayUntilReady'],
  ],
});
