import assert from 'node:assert/strict';
import { isDone, isError, readAnswer, type Answer } from '../../src/memcached/text';

const sizeOnWire = (_flags: string, size: number): number => size;

function answers(lines: readonly string[]): Answer[] {
  const all: Answer[] = [];
  for (let line = 0; line < lines.length; line = all[all.length - 1]!.end) {
    const answer = readAnswer(lines, line, sizeOnWire);
    assert.ok(answer);
    all.push(answer);
  }
  return all;
}

describe('memcached: the text protocol', () => {
  it('answers of one line', () => {
    const lines = ['STORED', 'NOT_STORED', 'EXISTS', 'NOT_FOUND', 'DELETED', 'TOUCHED', '42', 'OK', 'END'];
    assert.deepEqual(
      answers(lines).map((answer) => [answer.status, isDone(answer), isError(answer)]),
      [
        ['STORED', true, false],
        ['NOT_STORED', false, false],
        ['EXISTS', false, false],
        ['NOT_FOUND', false, false],
        ['DELETED', true, false],
        ['TOUCHED', true, false],
        ['42', true, false],
        ['OK', true, false],
        ['END', false, false],
      ],
    );
  });

  it('errors, and what the server says of them', () => {
    const [error, client, server] = answers(['ERROR', 'CLIENT_ERROR bad data chunk', 'SERVER_ERROR out of memory']);
    assert.ok([error, client, server].every((answer) => isError(answer!)));
    assert.deepEqual([client!.status, client!.message], ['CLIENT_ERROR', 'bad data chunk']);
    assert.deepEqual([server!.status, server!.message], ['SERVER_ERROR', 'out of memory']);
  });

  it('values: their keys and sizes, whatever they look like', () => {
    const lines = ['VALUE a 0 3', 'END', 'VALUE b 2 11 7', 'VALUE b 0 1', 'END', 'STORED'];
    const [values, stored] = answers(lines);
    assert.deepEqual([values!.keys, values!.sizes, values!.bytes], [['a', 'b'], [3, 11], 14]);
    assert.equal(isDone(values!), true);
    assert.equal(stored!.status, 'STORED');
  });

  it('statistics end with END', () => {
    assert.equal(answers(['STAT pid 1', 'STAT uptime 2', 'END', 'OK']).length, 2);
  });

  it('an answer that is not complete', () => {
    for (const lines of [[], ['VALUE a 0 3'], ['VALUE a 0 3', 'abc'], ['STAT pid 1']]) {
      assert.equal(readAnswer(lines, 0, sizeOnWire), undefined);
    }
  });
});
