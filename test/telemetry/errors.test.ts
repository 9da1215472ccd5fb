import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redisCommand } from '../../src/redis/commands';
import { describeFailure, type Asked } from '../../src/telemetry/errors';

function asked(name: string, ...args: unknown[]): Asked {
  return { series: { command: redisCommand(name) }, args };
}

const nothing = asked('GET');

function named(name: string): Error {
  const error = new Error('message');
  error.name = name;
  return error;
}

describe('failures', () => {
  it('the server answered: its prefix is both the type and the status code', () => {
    const message = 'WRONGTYPE Operation against a key holding the wrong kind of value';
    assert.deepEqual(describeFailure(new Error(message), 'WRONGTYPE', nothing), {
      type: 'WRONGTYPE',
      statusCode: 'WRONGTYPE',
      message,
    });
  });

  class CustomError extends Error {}
  const types: [what: string, error: unknown, type: string][] = [
    ['its code', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['its class', new CustomError('x'), 'CustomError'],
    ['its class: TypeError', new TypeError('x'), 'TypeError'],
    ['its name, where its class is Error', named('AbortError'), 'AbortError'],
    ['its class, where its code is no text', Object.assign(new CustomError('x'), { code: 42 }), 'CustomError'],
    ['its class, where its code is empty', Object.assign(new CustomError('x'), { code: '' }), 'CustomError'],
    ['what typeof says of no object', 'text', 'string'],
    ['what typeof says of undefined', undefined, 'undefined'],
    ['what typeof says of null', null, 'object'],
    ['Error, without anything', Object.create(null), 'Error'],
    ['_OTHER for a code with spaces', Object.assign(new Error('x'), { code: 'user 42 failed' }), '_OTHER'],
    ['_OTHER for a code of 65 characters', Object.assign(new Error('x'), { code: 'x'.repeat(65) }), '_OTHER'],
    ['a code of 64 characters', Object.assign(new Error('x'), { code: 'x'.repeat(64) }), 'x'.repeat(64)],
  ];
  for (const [what, error, type] of types) {
    it(`no answer of the server: ${what}`, () => {
      const failure = describeFailure(error, undefined, nothing);
      assert.deepEqual([failure.type, failure.statusCode], [type, undefined]);
    });
  }

  const messages: [name: string, args: unknown[], message: string, shown: string][] = [
    ['FOO', [], "ERR unknown command 'FOO', with args beginning with: 'hunter2' ", 'ERR unknown command'],
    ['FOO', [], 'ERR unknown command `FOO`, with args beginning with: `hunter2`', 'ERR unknown command'],
    ['CONFIG', [], 'ERR unknown command, with args beginning with hunter2', 'ERR unknown command'],
    ['FT.SEARCH', ['idx', 'hunter2'], 'ERR Syntax error at offset 5 near hunter2', 'ERR'],
    ['FT.SEARCH', ['idx', Buffer.from('hunter2')], 'ERR Syntax error at offset 5 near hunter2', 'ERR'],
    ['FT.SEARCH', ['idx', '@title:hunter2 @year:1'], 'ERR Syntax error (near hunter2)', 'ERR'],
    ['SET', ['key', 'x'.repeat(10_001)], 'ERR no such thing', 'ERR'],
    ['MSET', Array.from({ length: 1001 }, () => 'x'), 'ERR no such thing', 'ERR'],
    ['FT.SEARCH', ['idx', 4711], 'ERR Syntax error at offset 5 near 4711', 'ERR'],
    ['EVAL', ['return redis.error_reply("ERR hunter2")', 0], 'ERR hunter2', 'ERR'],
    ['FCALL', ['f', 0], 'ERR hunter2', 'ERR'],
    [
      'SET',
      ['key', 'an'],
      'ERR value is not an integer or out of range',
      'ERR value is not an integer or out of range',
    ],
    ['GET', [], `ERR ${'x'.repeat(1000)}`, `ERR ${'x'.repeat(196)}`],
  ];
  for (const [name, args, message, shown] of messages) {
    it(`the message of ${name}: ${message.slice(0, 70)}`, () => {
      assert.equal(describeFailure(new Error(message), 'ERR', asked(name, ...args)).message, shown);
    });
  }

  it('a message of the client is shown, but for arguments in it', () => {
    const message = 'connect ECONNREFUSED 127.0.0.1:6379';
    assert.equal(describeFailure(new Error(message), undefined, nothing).message, message);
    assert.equal(
      describeFailure(new TypeError('bad: hunter2'), undefined, asked('SET', 'k', 'hunter2')).message,
      'TypeError',
    );
  });

  it('whatever was thrown: a type that can be a label, a message of 200 characters at most, and no argument in it', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.option(fc.string(), { nil: undefined }),
        fc.string({ minLength: 4 }),
        (error, code, secret) => {
          const given = typeof error === 'string' ? new Error(`${error}${secret}`) : error;
          const { type, message } = describeFailure(given, code, asked('SET', 'k', secret));
          assert.match(type, /^[\w.$-]{1,64}$/);
          assert.ok(message.length <= 200);
          if (message !== type) assert.ok(!message.includes(secret));
        },
      ),
    );
  });
});
