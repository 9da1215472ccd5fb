import assert from 'node:assert/strict';
import { context, metrics, trace } from '@opentelemetry/api';
import { CacheInstrumentation, type CacheInstrumentationConfig } from '../../src';
import { observe } from '../adapters/observe';
import { until } from '../support/children';
import { requireHere } from './library-copies';
import type { Connection, Key, Subject } from './subject';

/** Everything that an application sees of a client: to be the same with and without us. */
async function outcomes(connection: Connection, keys: readonly Key[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const key of keys) {
    seen.push(await connection.set(key, 'välue'), await connection.get(key));
    seen.push(await connection.fail(key).then(undefined, withoutStack));
    seen.push(await connection.set(key, ''), await connection.get(key));
  }
  return seen;
}

function withoutStack(error: unknown): unknown {
  assert.ok(error instanceof Error);
  const { name, message } = error;
  return { name, message, constructor: error.constructor, own: Object.keys(error) };
}

/** Takes mocha's place as the one that hears of unhandled rejections. */
async function unhandledRejections(provoke: () => void, expected: number): Promise<unknown[]> {
  const listeners = process.listeners('unhandledRejection');
  const heard: unknown[] = [];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => heard.push(reason));
  try {
    provoke();
    await until(() => heard.length >= expected, 'unhandledRejection', 5000);
    return heard;
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
}

/** The application sees exactly what it would have seen without us. */
export function describeTransparency(subject: Subject): void {
  describe('the application', () => {
    const observer = observe();
    let connection: Connection;
    let keys: Key[];
    before(async () => {
      connection = await subject.connect(requireHere(subject.packageName));
      keys = ['plain', 'ключ', 7, Buffer.from('bytes'), 'x'.repeat(subject.longestKey)];
      if (subject.longestKey > 1000) keys.push('', Buffer.from([0xff, 0xfe, 0x80]));
    });
    after(() => connection.close());

    it('sees the same results and errors, whatever its keys are', async () => {
      observer.instrumentation.disable();
      const without = await outcomes(connection, keys);
      observer.instrumentation.enable();
      const withUs = await observer.traced(() => outcomes(connection, keys));
      assert.deepEqual(withUs, without);
      assert.equal(observer.spans().length, 5 * keys.length);
    });

    const { sending } = subject;
    if (sending !== undefined)
      it("is given what the client's own method returned", async () => {
        observer.instrumentation.disable();
        const [target, method] = sending(requireHere) as [Record<string, Function>, string];
        const own = Object.getOwnPropertyDescriptor(target, method)!;
        const returned: unknown[] = [];
        target[method] = function (...parameters: unknown[]) {
          const result: unknown = (own.value as Function).apply(this, parameters);
          returned.push(result);
          return result;
        };
        observer.instrumentation.enable();
        const promise = observer.traced(() => ({ promise: connection.get('plain') }));
        assert.ok(returned.includes((await promise).promise));
        observer.instrumentation.disable();
        Object.defineProperty(target, method, own);
        observer.instrumentation.enable();
      });

    it('hears of rejections that nobody handles, once each', async () => {
      await connection.set('plain', 'value');
      const reasons = await unhandledRejections(() => {
        void observer.traced(() => void connection.fail('plain'));
        void connection.fail('plain');
      }, 2);
      // A further rejection would come before the answer to a later command.
      await connection.get('plain');
      assert.equal(reasons.length, 2);
      assert.ok(reasons.every((reason) => reason instanceof Error));
    });

    it('keeps its context after an await', async () => {
      await observer.traced(async ({ spanId }) => {
        await connection.get('plain');
        assert.equal(trace.getSpanContext(context.active())?.spanId, spanId);
        await connection.fail('plain').catch(() => {
          assert.equal(trace.getSpanContext(context.active())?.spanId, spanId);
        });
      });
    });

    it('keeps its context in callbacks, which are called once', async function () {
      const { callbacks } = connection;
      if (callbacks === undefined) return;
      await connection.set('plain', 'value');
      for (const method of ['get', 'fail'] as const) {
        let calls = 0;
        const [active, parent] = await observer.traced(async ({ spanId }) => {
          const inside = await new Promise((resolve) =>
            callbacks[method]('plain', () => {
              calls++;
              resolve(trace.getSpanContext(context.active())?.spanId);
            }),
          );
          return [inside, spanId];
        });
        await connection.get('plain');
        assert.deepEqual([active, calls], [parent, 1]);
      }
    });

    const badHooks: Record<string, CacheInstrumentationConfig> = {
      throw: {
        requestHook: () => assert.fail('of the request'),
        responseHook: () => assert.fail('of the response'),
      },
      reject: {
        requestHook: () => Promise.reject(new Error('of the request')),
        responseHook: () => Promise.reject(new Error('of the response')),
      },
      'change what they are given': {
        requestHook: (_span, info) => {
          (info.cmdArgs as unknown[]).fill('changed');
        },
        responseHook: (_span, info) => {
          if (Buffer.isBuffer(info.response)) info.response.fill(0);
          (info.cmdArgs as unknown[]).length = 0;
        },
      },
    };
    for (const [what, hooks] of Object.entries(badHooks)) {
      it(`notices nothing of hooks that ${what}`, async () => {
        observer.instrumentation.setConfig(hooks);
        await observer.traced(async () => {
          await connection.set('plain', Buffer.from('value'));
          assert.equal(String(await connection.get('plain')), 'value');
        });
        observer.instrumentation.setConfig({});
        assert.deepEqual(
          observer.spans().map(({ attributes }) => attributes['db.operation.name']),
          [subject.names.set, subject.names.get],
        );
      });
    }
  });

  it('works without an SDK', async () => {
    for (const api of [context, metrics, trace]) api.disable();
    const instrumentation = new CacheInstrumentation({ requireParentSpan: false });
    const connection = await subject.connect(requireHere(subject.packageName));
    await connection.set('plain', 'value');
    assert.equal(String(await connection.get('plain')), 'value');
    await assert.rejects(connection.fail('plain'));
    await connection.close();
    instrumentation.disable();
  });
}
