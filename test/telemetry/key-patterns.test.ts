import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EMPTY_PATTERN, KeyPatterns, MAX_KEY_LENGTH, MEMO_SIZE, OTHER_PATTERN } from '../../src/telemetry/key-patterns';
import { MAX_SEGMENTS } from '../../src/telemetry/key-segments';
import { KnownPatterns } from '../../src/telemetry/known-patterns';
import { MAX_FIRST_NAMES, MAX_NAMES, MAX_NODES } from '../../src/telemetry/pattern-tree';
import { KEY_CORPUS } from './key-corpus';

const UUID = '8f14e45f-ceea-467f-ab12-0123456789ab';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

function patterns(limit = 200, known: readonly string[] = []): KeyPatterns<string> {
  return new KeyPatterns({ known, limit, result: (pattern) => pattern });
}

function patternOf(key: string): string {
  return patterns().of(key);
}

describe('key patterns', () => {
  describe('identifiers become *', () => {
    for (const [kind, key, expected] of [
      ['number', 'user:123456:profile', 'user:*:profile'],
      ['negative number', 'balance:-5', 'balance:*'],
      ['decimal', 'geo:12.5:x', 'geo:*:x'],
      ['coordinates', 'geo:40.7128,-74.0060', 'geo:*'],
      ['UUID', `user:${UUID}:cart`, 'user:*:cart'],
      ['UUID, upper case', `user:${UUID.toUpperCase()}`, 'user:*'],
      ['UUID after a word', `order-${UUID}-lines`, 'order-*-lines'],
      ['ULID', 'cart:01ARZ3NDEKTSV4RRFFQ69G5FAV', 'cart:*'],
      ['hex', 'blob:8f3a9c', 'blob:*'],
      ['hex, upper case', 'ETAG:E4D3CEA27D26934B', 'ETAG:*'],
      ['ObjectId', 'doc:507f1f77bcf86cd799439011:meta', 'doc:*:meta'],
      ['nanoid', 'share:V1StGXR8_Z5jdHi6B-myT', 'share:*'],
      ['KSUID', 'event|0ujtsYcgvSTl8PAuAdqWYSMnLOv|x', 'event|*|x'],
      ['KSUID with one digit, at its end', 'event|kEAvstqVVPqzPptEJQzhkPkenG5|x', 'event|*|x'],
      ['letters and digits', 'ref:abc123def', 'ref:*'],
      ['a word with three digits', 'user123:x', '*:x'],
      ['random letters', 'state:qwrtzpsdfghjklmn', 'state:*'],
      ['random case', 'state:XqTbRwZk', 'state:*'],
      ['very long word', `x:${'abcdefghi'.repeat(5)}`, 'x:*'],
      ['e-mail', 'login:a.b@x.co:tries', 'login:*:tries'],
      ['e-mail, encoded', 'login:john.doe%40example.com:tries', 'login:*:tries'],
      ['IPv4', 'rl:192.168.0.1:login', 'rl:*:login'],
      ['IPv4 network', 'acl:10.0.0.0/8', 'acl:*/*'],
      ['IPv6', 'ip:2001:db8::1', 'ip:*'],
      ['IPv6 with a zone', 'ip:fe80::1%eth0:tries', 'ip:*:tries'],
      ['IPv6 in full', 'ip:2001:0db8:85a3:0000:0000:8a2e:0370:7334:tries', 'ip:*:tries'],
      ['MAC', 'device:00:1b:44:11:3a:b7:up', 'device:*:up'],
      ['MAC of letters', 'device:AA-BB-CC-DD-EE-FF', 'device:*'],
      ['date', 'stats:2024-01-31:views', 'stats:*:views'],
      ['date of slashes', 'stats/2024/01/31/views', 'stats/*/views'],
      ['date of digits', 'stats:20240131', 'stats:*'],
      ['time', 'batch:2024-01-31T10:00:00Z:x', 'batch:*:x'],
      ['time with a zone', 'batch:2024-01-31T10:00:00.123+02:00', 'batch:*'],
      ['date after a word', 'order-2024-01-31', 'order-*'],
      ['JSON Web Token', `auth:${JWT}`, 'auth:*'],
      ['base64', 'blob:dGhpcyBp/yBhIHNlY3JldA==', 'blob:*'],
      ['percent-encoded', 'q:hello%20world', 'q:*'],
      ['phone', 'otp:+14155552671', 'otp:*'],
      ['URL', 'https://shop.example.com/p/123?id=5&sort=up', 'https://shop.example.com/p/*?id=*&sort=*'],
      ['credentials', 'redis://app:secret@cache.internal:6379/0', 'redis://*/*'],
      ['assignments', 'dt=2024-01-01/hour=5', 'dt=*/hour=*'],
      ['quoted text', 'q:{"user":"alice"}', 'q:{*:*}'],
      ['white space', 'weather:New York:now', 'weather:*:now'],
      ['white space and glue', 'q:best red-shoes:x', 'q:*:x'],
      ['control characters', 'a:b\u0000c:d', 'a:*:d'],
      ['half a surrogate pair', 'a:b\ud800:d', 'a:*:d'],
      ['replacement character', 'a:\ufffd:d', 'a:*:d'],
      ['number after a dash', 'user-123', 'user-*'],
      ['hex after an underscore', 'session_8f3a9c0d', 'session_*'],
      ['several in a row', 'list:[1,2,3]', 'list:[*]'],
      ['neighbours', 'a:1:2', 'a:*:*'],
      ['hash tag', '{user:1}:profile', '{user:*}:profile'],
      ['hash tag alone', '{123}', '{*}'],
      ['literal *', 'user:*:x', 'user:*:x'],
      ['class name', 'App\\User:5', 'App\\User:*'],
      ['non-ASCII prefix', 'пользователь:5', 'пользователь:*'],
    ] as const) {
      it(`${kind}: ${JSON.stringify(key)}`, () => assert.equal(patternOf(key), expected));
    }
  });

  it('words of the schema stay', () => {
    const words =
      'v1 v2 utf8 s3 oauth2 base64 top10 sha256 i18n k8s html5 ipv4 feed cafe facade en-US EUR csrf-token feature_flags ' +
      'userProfile getUserById userID OAuthAPI XMLHTTPRequest internationalization CATCHPHRASE __init__ index.html iOS';
    for (const word of words.split(' ')) assert.equal(patternOf(`app:${word}:x`), `app:${word}:x`);
  });

  it('separators stay as they were', () => {
    for (const key of ['a:b/c|d.e', '/api/users/', 'a::b', ':', '{a}{b}', 'a:']) assert.equal(patternOf(key), key);
  });

  it('no identifier of the corpus survives, and no pattern is without a word', () => {
    assert.equal(KEY_CORPUS.length, 200);
    const all = patterns();
    for (const [key, ...identifiers] of KEY_CORPUS) {
      const pattern = all.of(key);
      for (const identifier of identifiers) assert.ok(!pattern.includes(identifier), `${key} -> ${pattern}`);
      assert.match(pattern, /[a-z]{2}/i, key);
      assert.notEqual(pattern, OTHER_PATTERN, key);
    }
  });

  it('the empty key has a pattern', () => assert.equal(patternOf(''), EMPTY_PATTERN));

  it('looks at so many segments, the rest is one *', () => {
    const words = [...'abcdefghijklmnop'];
    assert.equal(patternOf(words.slice(0, MAX_SEGMENTS).join(':')), words.slice(0, MAX_SEGMENTS).join(':'));
    assert.equal(patternOf(words.join(':')), `${words.slice(0, MAX_SEGMENTS).join(':')}:*`);
  });

  it('looks at so many characters, the rest is *', () => {
    const head = 'user:profile:';
    const filled = (length: number) => head + 'a-'.repeat(length).slice(0, length - head.length);
    assert.equal(patternOf(filled(MAX_KEY_LENGTH)), filled(MAX_KEY_LENGTH));
    assert.equal(patternOf(filled(MAX_KEY_LENGTH + 1)), 'user:profile:*');
  });

  it('keys of bytes are read as UTF-8', () => {
    const all = patterns();
    for (const key of [
      'user:5:x',
      'größe:5',
      '',
      '鍵'.repeat(MAX_KEY_LENGTH + 9),
      `user:${'é'.repeat(MAX_KEY_LENGTH)}`,
    ]) {
      assert.equal(all.ofBytes(Buffer.from(key)), all.of(key));
    }
    const shared = new Uint8Array(Buffer.from('xxuser:5xx')).subarray(2, 8);
    assert.equal(all.ofBytes(shared), 'user:*');
    assert.equal(all.ofBytes(Uint8Array.of(117, 58, 255, 254)), 'u:*');
  });

  describe('names', () => {
    const name = (index: number) => 'abcdefghij'[Math.floor(index / 10)]! + 'klmnopqrst'[index % 10]! + 'name';

    for (const [where, max, key] of [
      ['below the first position', MAX_NAMES, (index: number) => `user:${name(index)}`],
      ['at the first position', MAX_FIRST_NAMES, (index: number) => `${name(index)}:profile`],
      ['in keys of one segment', MAX_NAMES, (index: number) => name(index)],
    ] as const) {
      it(`collapse after ${max} ${where}`, () => {
        const all = patterns();
        for (let index = 0; index < max; index++) assert.equal(all.of(key(index)), key(index));
        const collapsed = key(max).replace(name(max), '*');
        assert.equal(all.of(key(max)), collapsed);
        for (let index = 0; index <= max; index++)
          assert.equal(all.of(key(index)), collapsed, 'those seen before, too');
        assert.ok(all.size.nodes <= 4, 'the two roots and what is left below one of them');
      });
    }

    it('that collapse take along what had collapsed below them', () => {
      const all = patterns(1000);
      all.of('order:1');
      for (let index = 0; index <= MAX_NAMES; index++) all.of(`user:alice:${name(index)}:x`);
      assert.equal(all.of('user:alice:new:x'), 'user:alice:*:x');
      for (let index = 0; index < MAX_NAMES; index++) all.of(`user:${name(index)}:settings`);
      assert.equal(all.of('user:alice:new:x'), 'user:*:*:x');
      assert.equal(all.of('user:bob:settings'), 'user:*:*');
    });

    it('merge what follows them, and it collapses with them where it is too much', () => {
      const all = patterns(1000);
      all.of('order:1');
      for (let index = 0; index < MAX_NAMES; index++) {
        all.of(`user:${name(index)}:${name(2 * index)}`);
        all.of(`user:${name(index)}:${name(2 * index + 1)}`);
      }
      assert.equal(all.of(`user:${name(MAX_NAMES)}:settings`), 'user:*:*');
    });

    it('may be as many after the name of the application as at the first position', () => {
      const all = patterns();
      for (let index = 0; index < MAX_FIRST_NAMES; index++) {
        assert.equal(all.of(`app:${name(index)}:1`), `app:${name(index)}:*`);
      }
      assert.equal(all.of(`app:${name(MAX_FIRST_NAMES)}:1`), 'app:*:*');
    });

    it('that end a key are counted apart from those that go on', () => {
      const all = patterns();
      for (let index = 0; index <= MAX_NAMES; index++) all.of(`app:${name(index)}:1`);
      assert.equal(all.of('app:version'), 'app:version');
      for (let index = 0; index < MAX_NAMES; index++) all.of(`app:last${name(index)}`);
      assert.equal(all.of('app:version'), 'app:*');
    });

    it('leave room for the pattern that they collapse into', () => {
      const all = patterns(8);
      const seen = new Set<string>();
      for (let index = 0; index <= MAX_NAMES; index++) seen.add(all.of(`user:${name(index)}`));
      assert.equal([...seen].filter((pattern) => !pattern.includes('*')).length, 6 + 1, 'six names and other');
      assert.equal(all.of('user:anyone'), 'user:*');
    });
  });

  describe('known patterns', () => {
    for (const [pattern, matching, not] of [
      [
        'session:*',
        ['session:1', 'session:a:b/c', `session:${'x'.repeat(1000)}`],
        ['session:', 'session', 'sessions:1'],
      ],
      [
        'user:*:profile',
        ['user:1:profile', 'user:a.b-c:profile'],
        ['user::profile', 'user:1:2:profile', 'user:1:profile:x'],
      ],
      ['a*b*c', ['aXbYc', 'abbbc', 'axbbc'], ['abc', 'aXb:c', 'aXbYcd']],
      ['*:lock', ['job:lock', 'j:lock'], [':lock', 'a:b:lock']],
      ['job.1', ['job.1'], ['job.12', 'jobx1']],
      ['**x', ['ax'], ['x', 'a:x']],
      ['*', ['a', 'a:b'], []],
    ] as const) {
      it(pattern, () => {
        const all = patterns(200, [pattern]);
        for (const key of matching) assert.equal(all.of(key), pattern, key);
        for (const key of not) assert.equal(all.of(key), patternOf(key), key);
      });
    }

    it('the first that matches wins', () => {
      const all = patterns(200, ['*:x', 'user:*:profile', 'user:*', '*']);
      const of = (key: string) => all.of(key);
      assert.deepEqual(['user:x', 'user:1:profile', 'user:1:cart', 'z'].map(of), [
        '*:x',
        'user:*:profile',
        'user:*',
        '*',
      ]);
    });

    it('have slots of their own among those of the limit', () => {
      const all = patterns(2, ['session:*']);
      assert.equal(all.of('user:1'), 'user:*');
      assert.equal(all.of('order:1'), OTHER_PATTERN);
      assert.equal(all.of('session:1'), 'session:*');
    });

    it('count towards the limit', () => {
      const all = patterns(1, ['session:*', 'cart:*']);
      assert.equal(all.of('user:1'), OTHER_PATTERN);
      assert.equal(all.of('session:1'), 'session:*');
      assert.equal(all.of('cart:1'), OTHER_PATTERN);
    });

    it('match as a plain search of all ways to match does', () => {
      const text = (chars: string, maxLength: number) =>
        fc.array(fc.constantFrom(...chars), { maxLength }).map((list) => list.join(''));
      fc.assert(
        fc.property(text('ab:*', 7), text('ab:', 9), (pattern, key) => {
          const known = new KnownPatterns([`z${pattern}`]).match(`z${key}`, false);
          assert.equal(known !== undefined, globMatches(pattern, key));
        }),
        { numRuns: 2000 },
      );
    });
  });

  describe('for any stream of keys', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-z]{1,3}$/),
      fc.stringMatching(/^[a-z]{1,4}[-_][a-z0-9]{1,4}$/),
      fc.integer().map(String),
      fc.uuid(),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('*', '', 'a@b.c', '1.2.3.4', '::', '2024-01-31'),
    );
    const key = fc.oneof(
      fc
        .array(fc.tuple(word, fc.constantFrom(':', '/', '|', '.', '{', '}', '::')), { minLength: 1, maxLength: 5 })
        .map((parts) => parts.flat().slice(0, -1).join('')),
      fc.string({ maxLength: 40 }),
    );
    const stream = fc.array(key, { minLength: 1, maxLength: 400, size: 'max' });

    it('at most `limit` patterns come out', () => {
      fc.assert(
        fc.property(stream, fc.integer({ min: 1, max: 300 }), (keys, limit) => {
          const all = patterns(limit, ['ab*']);
          const out = new Set(keys.map((each) => all.of(each)));
          out.delete(OTHER_PATTERN);
          assert.ok(out.size <= limit, `${out.size} of ${limit}`);
        }),
        { numRuns: 60 },
      );
    });

    it('at most `limit` patterns come out of many names', () => {
      for (const limit of [1, 2, 3, 4, 17, 300]) {
        const all = patterns(limit);
        const out = new Set<string>();
        for (let index = 0; index < 20_000; index++) out.add(all.of(nameKey(index)));
        out.delete(OTHER_PATTERN);
        assert.ok(out.size <= limit && out.size > 0, `${out.size} of ${limit}`);
      }
    });

    // More general: the same separators and the same segments, but that some have become `*`.
    it('the pattern of a key only ever becomes more general', () => {
      fc.assert(
        fc.property(stream, (keys) => {
          const all = patterns(100_000);
          const before = new Map<string, string>();
          for (const each of [...keys, ...keys]) {
            const pattern = all.of(each);
            const earlier = before.get(each);
            if (earlier !== undefined) assertMoreGeneral(earlier, pattern);
            before.set(each, pattern);
          }
        }),
        { numRuns: 60 },
      );
    });

    it('the pattern of a key stays the same where nothing new is seen', () => {
      fc.assert(
        fc.property(stream, fc.integer({ min: 1, max: 300 }), (keys, limit) => {
          const all = patterns(limit);
          for (const each of keys) all.of(each);
          const settled = keys.map((each) => all.of(each));
          assert.deepEqual(
            keys.map((each) => all.of(each)),
            settled,
          );
        }),
        { numRuns: 30 },
      );
    });

    it('the same key in bytes has the same pattern', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
          assert.equal(patterns().ofBytes(Buffer.from(text)), patternOf(text));
        }),
      );
    });
  });

  describe('bounds', () => {
    it('memory after a million keys', function () {
      this.timeout(60_000);
      const all = patterns(300);
      let mostNodes = 0;
      for (let index = 0; index < 1_000_000; index++) {
        all.of(nameKey(index));
        mostNodes = Math.max(mostNodes, all.size.nodes);
      }
      const { memo, patterns: count } = all.size;
      assert.ok(
        mostNodes <= MAX_NODES + MAX_FIRST_NAMES && memo <= 2 * MEMO_SIZE && count <= 300,
        `${mostNodes} nodes`,
      );
    });

    it('a tree without room calls what is new `other`', () => {
      const all = patterns(100_000);
      for (let index = 0; all.size.nodes < MAX_NODES; index++)
        all.of(`a${':'.repeat(1 + (index % 200))}${'/'.repeat(index / 200)}1`);
      assert.equal(all.of('something:new'), OTHER_PATTERN);
      assert.equal(all.of('a:1'), 'a:*', 'what it has, it keeps');
    });

    it('time does not grow with what is past the part looked at', () => {
      for (const unit of [
        'a',
        ':',
        '-',
        '1',
        '@',
        '=',
        'a@',
        '::',
        'a1:',
        'é',
        '%',
        '"',
        '1.',
        'eyJ.',
        '2024-01-31T',
      ]) {
        const all = patterns(200, ['a*b*c', '*:*:*:x']);
        const key = unit.repeat(1_000_000 / unit.length);
        const start = performance.now();
        for (let count = 0; count < 20; count++) all.of(key);
        // 20 calls of some microseconds each; anything quadratic in a megabyte takes minutes
        assert.ok(performance.now() - start < 500, unit);
      }
    });
  });
});

/** Never the same for a million indices: words of letters, in one to three segments. */
function nameKey(index: number): string {
  const letters = [...index.toString(26)].map((digit) => String.fromCharCode(97 + parseInt(digit, 26))).join('');
  return [`${letters}`, `user:${letters}`, `${letters}:${letters}x:y`, `n${letters.slice(-1)}:${letters}`][index % 4]!;
}

function assertMoreGeneral(before: string, after: string): void {
  const segments = (pattern: string) => pattern.split(/([:/|.{}]+)/);
  const [old, now] = [segments(before), segments(after)];
  assert.equal(now.length, old.length, `${before} -> ${after}`);
  for (const [index, segment] of now.entries()) {
    assert.ok(segment === old[index] || (segment === '*' && index % 2 === 0), `${before} -> ${after}`);
  }
}

/** The plainest possible statement of what a glob matches. */
function globMatches(pattern: string, key: string): boolean {
  if (pattern === '') return key === '';
  if (!pattern.startsWith('*')) return pattern[0] === key[0] && globMatches(pattern.slice(1), key.slice(1));
  const rest = pattern.replace(/^\*+/, '');
  if (rest === '') return key !== '';
  for (let length = 1; length <= key.length && !/[:/|]/.test(key[length - 1]!); length++) {
    if (globMatches(rest, key.slice(length))) return true;
  }
  return false;
}
