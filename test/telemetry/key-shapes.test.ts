import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KeyPatterns } from '../../src/telemetry/key-patterns';
import { KeyShapes } from '../../src/telemetry/key-shapes';

function patterns(): KeyPatterns<string> {
  return new KeyPatterns({ known: [], limit: 200, result: (pattern) => pattern });
}

describe('key shapes', () => {
  const learnt = (key: string, pattern: string) => {
    const shapes = new KeyShapes<string>();
    shapes.learn(key, pattern, pattern);
    return shapes;
  };

  it('a key that differs in its numbers only is found, whatever their length', () => {
    const shapes = learnt('user:123:cart:7', 'user:*:cart:*');
    assert.equal(shapes.find('user:9:cart:1234567890'), 'user:*:cart:*');
    for (const other of [
      'user:9:cart',
      'user:x:cart:7',
      'user::cart:7',
      'user:9:cart:7x',
      'user:9:cart:7:',
      'User:9:cart:7',
    ])
      assert.equal(shapes.find(other), undefined, other);
  });

  it('each of several shapes is found', () => {
    const shapes = new KeyShapes<string>();
    const all = Array.from({ length: 500 }, (_, index) => `kind${'a'.repeat(index)}:*`);
    for (const pattern of all) shapes.learn(pattern.replace('*', '1'), pattern, pattern);
    for (const pattern of all) assert.equal(shapes.find(pattern.replace('*', '22')), pattern);
    shapes.clear();
    for (const pattern of all) assert.equal(shapes.find(pattern.replace('*', '22')), undefined);
  });

  it('only plain numbers between borders are told from the rest', () => {
    for (const [key, pattern, similar] of [
      ['user:alice', 'user:*', 'user:bob'],
      ['stats:2024-01-31:7', 'stats:*:*', 'stats:2024-01-31:8'],
      ['a:10.0.0.1', 'a:*', 'a:10.0.0.2'],
      ['x::1', 'x::*', 'x::2'],
      ['a:b:c:d:e:1', 'a:b:c:d:e:*', 'a:b:c:d:e:2'],
      ['a*b:1', 'a*b:*', 'a*b:2'],
      ['a@b:1', 'a@b:*', 'a@b:2'],
    ] as const)
      assert.equal(learnt(key, pattern).find(similar), undefined, key);
  });

  it('a key that is too long to be looked at as a whole has no shape', () => {
    const long = `user:${'1'.repeat(300)}:profile`;
    const used = patterns();
    used.of('user:1:profile');
    assert.equal(used.of(long), patterns().of(long));
  });

  it('the pattern of a key is the same whether its shape is known or not', () => {
    const part = fc.constantFrom(
      ...[
        'user',
        'cart',
        'v2',
        'a1',
        'T',
        'ab',
        '2024',
        '01',
        '31',
        'x',
        '*',
        ':',
        ':',
        ':',
        '/',
        '.',
        '-',
        '_',
        '@',
        '::',
        '{',
        '}',
        '|',
      ],
      ...['#', '#', '#', '#'],
    );
    const number = fc.oneof(fc.nat(20), fc.nat(9999), fc.nat()).map(String);
    const filled = (template: string, numbers: readonly string[]) => {
      let index = 0;
      return template.replace(/#/g, () => numbers[index++ % numbers.length]!);
    };
    const numbers = fc.array(number, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), numbers, numbers, (parts, before, after) => {
        const template = parts.join('');
        const used = patterns();
        used.of(filled(template, before));
        const key = filled(template, after);
        assert.equal(used.of(key), patterns().of(key), `${key} after ${filled(template, before)}`);
      }),
      { numRuns: 20_000 },
    );
  });
});
