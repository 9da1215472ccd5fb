import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ChainableCommander, default as Redis } from 'ioredis';
import { useRedis } from '../adapters/ioredis/use-redis';
import { observe } from '../adapters/observe';
import { currentTelemetry } from '../../src/current';
import { clientOf, run } from './calls';

type Call = readonly [name: string, ...args: (string | number | Buffer)[]];

/** Commands of all kinds with a secret wherever the application may put one; some fail, in every way of failing. */
function calls(secret: string): Call[] {
  const long = `${secret}${'x'.repeat(10_000)}${secret}`;
  return [
    ['set', 'key', secret],
    ['set', 'key', secret, 'EX', 10, 'NX'],
    ['set', 'key', secret, secret],
    ['set', 'key', Buffer.from(secret)],
    ['set', 'key', long],
    ['setex', 'key', 10, secret],
    ['setex', 'key', secret, secret],
    ['psetex', 'key', 10_000, secret],
    ['setnx', 'key', secret],
    ['getset', 'key', secret],
    ['mset', 'key', secret, 'other', secret],
    ['msetnx', 'key', secret, 'other', secret],
    ['append', 'key', secret],
    ['setrange', 'key', 0, secret],
    ['setrange', 'key', secret, secret],
    ['get', 'key'],
    ['mget', 'key', 'other'],
    ['getrange', 'key', 0, -1],
    ['getex', 'key', 'EX', secret],
    ['getdel', 'key'],
    ['incrby', 'key', secret],
    ['incr', 'key'],
    ['expire', 'key', secret],
    ['hset', 'hash', secret, secret],
    ['hset', 'hash', secret],
    ['hmset', 'hash', 'field', secret],
    ['hsetnx', 'hash', secret, secret],
    ['hget', 'hash', secret],
    ['hmget', 'hash', secret, secret],
    ['hgetall', 'hash'],
    ['hdel', 'hash', secret],
    ['hincrby', 'hash', secret, secret],
    ['lpush', 'list', secret],
    ['lrem', 'list', 0, secret],
    ['lpos', 'list', secret],
    ['linsert', 'list', 'BEFORE', secret, secret],
    ['lrange', 'list', 0, -1],
    ['sadd', 'set', secret],
    ['sismember', 'set', secret],
    ['zadd', 'sorted', 1, secret],
    ['zadd', 'sorted', secret, secret],
    ['zscore', 'sorted', secret],
    ['zrangebylex', 'sorted', `[${secret}`, '+'],
    ['xadd', 'stream', '*', secret, secret],
    ['xgroup', 'CREATE', 'stream', secret, '$'],
    ['publish', 'channel', secret],
    ['eval', `return '${secret}'`, 0],
    ['eval', `return redis.error_reply('ERR ${secret}')`, 0],
    ['eval', `return redis.error_reply('${secret}')`, 0],
    ['eval', 'return redis.error_reply(string.upper(ARGV[1]) .. ARGV[1])', 0, secret],
    ['eval', `error('${secret}')`, 1, 'key', secret],
    ['eval', 'return redis.call(ARGV[1])', 0, secret],
    ['evalsha', secret, 0],
    ['script', 'LOAD', `return '${secret}'`],
    ['auth', secret],
    ['auth', 'user', secret],
    ['acl', 'SETUSER', 'somebody', 'on', `>${secret}`],
    ['acl', 'SETUSER', 'somebody', secret],
    ['acl', secret],
    ['config', 'SET', 'masterauth', secret],
    ['config', 'SET', secret, secret],
    ['config', 'SET', 'maxmemory', secret],
    ['config', secret],
    ['client', 'SETNAME', secret],
    ['client', 'KILL', secret],
    ['hello', 3, 'AUTH', 'default', secret],
    ['migrate', '127.0.0.1', 1, 'key', 0, 10, 'AUTH', secret],
    ['restore', 'restored', 0, secret],
    ['object', secret, 'key'],
    ['debug', 'SET-ACTIVE-EXPIRE', secret],
    ['copy', 'key', 'key2', secret],
    ['sort', 'list', 'BY', 'nosort', 'GET', '#', 'LIMIT', secret, secret],
    ['scan', 0, 'MATCH', 'x*', 'COUNT', secret],
    ['geoadd', 'geo', secret, 1, secret],
    ['bitop', secret, 'dest', 'key'],
    ['nosuchcommand', secret, secret],
    ['wait', secret, 0],
    ['set', 'key'],
    ['function', 'LOAD', secret],
    ['fcall', 'nosuchfunction', 0, secret],
  ];
}

describe('secrets', () => {
  const server = useRedis();
  // Lifecycle commands too, so that AUTH and HELLO have spans.
  const NONE = ['nothing'];

  for (const config of [{}, { keys: 'full', semconv: 'dup' }, { keys: 'none', semconv: 'legacy' }] as const) {
    describe(JSON.stringify(config), () => {
      const observer = observe({ ...config, ignoreCommands: NONE });

      /** Everything that left the process, as text. */
      async function everything(): Promise<string> {
        const shown = { spans: observer.spans(), metrics: await observer.sdk.collectMetrics() };
        return JSON.stringify(shown, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      }

      /** Everything that was called must have a span: a command that left none proves nothing. */
      async function callAll(redis: Redis, secret: string): Promise<void> {
        for (const [name, ...args] of calls(secret)) {
          observer.sdk.reset();
          await observer.traced(() => redis.call(name, ...args).catch(() => undefined));
          assert.equal(observer.spans().length, 1, name);
          const text = await everything();
          assert.ok(!text.toLowerCase().includes(secret.toLowerCase()), `${name} shows it: ${text.slice(0, 3000)}`);
        }
      }

      it('no value, script, credential or argument shows, whatever the command and its answer', async () => {
        await callAll(await server.connect(), 'hunter2marker');
      });

      it('nor in batches', async () => {
        const redis = await server.connect();
        const secret = 'hunter2marker';
        const list = calls(secret).filter(([name]) => !['auth', 'hello', 'client', 'acl', 'migrate'].includes(name));
        await observer.traced(() => redis.pipeline(list.map(([name, ...args]) => ['call', name, ...args])).exec());
        const transaction = redis.multi([
          ['set', 'key', secret],
          ['incrby', 'key', secret],
        ]) as unknown as ChainableCommander;
        await observer.traced(() => transaction.exec().catch(() => undefined));
        assert.equal(observer.spans().length, 2);
        assert.ok(!(await everything()).includes(secret));
      });

      it('nor any text that the application writes or the server answers', async () => {
        const telemetry = currentTelemetry();
        const client = clientOf(telemetry, {}, 'secrets');
        const text = fc.string({ minLength: 8 }).filter((one) => /^[!-~]{8,}$/.test(one));
        await fc.assert(
          fc.asyncProperty(text, fc.nat(), async (secret, pick) => {
            const list = calls(secret);
            const [name, ...args] = list[pick % list.length]!;
            const sent = args.some((argument) => String(argument).includes(secret));
            // A server can quote only what it was sent.
            const error = new Error(`ERR near ${sent ? secret : 'nothing'} failed`);
            const replies = [secret, Buffer.from(secret), [secret, secret], error];
            observer.sdk.reset();
            await observer.traced(() => run(telemetry, client, name, args, replies[pick % replies.length]));
            const [span] = observer.spans();
            const told = [span!.name, span!.status.message ?? '', ...Object.values(span!.attributes)].map(String);
            for (const one of told) assert.ok(!one.includes(secret), `${name}: ${one}`);
          }),
          { numRuns: 150 },
        );
      });
    });
  }
});
