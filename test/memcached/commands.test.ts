import assert from 'node:assert/strict';
import { extra, requestName, statusName, valueLength, valueOf } from '../../src/memcached/binary';
import { memcachedCommand } from '../../src/memcached/commands';
import { secondsUntil } from '../../src/memcached/expiry';

const MONTH = 30 * 24 * 60 * 60;

describe('memcached: commands', () => {
  it('in any casing, and by their first word', () => {
    assert.equal(memcachedCommand('getS').name, 'GETS');
    assert.equal(memcachedCommand('stats slabs').name, 'STATS');
    assert.equal(memcachedCommand('stats slabs').lifecycle, true);
  });

  it('what is not known is UNKNOWN, so that applications cannot make up names', () => {
    assert.equal(memcachedCommand('').name, 'UNKNOWN');
    assert.equal(memcachedCommand('made up').name, 'UNKNOWN');
  });
});

describe('memcached: expiry', () => {
  it('none, seconds, and already gone', () => {
    assert.equal(secondsUntil(0), undefined);
    assert.equal(secondsUntil(1), 1);
    assert.equal(secondsUntil(-1), 0);
    assert.ok(Number.isNaN(secondsUntil('60')));
  });

  it('up to 30 days in seconds, beyond it a point in time', () => {
    assert.equal(secondsUntil(MONTH), MONTH);
    assert.equal(secondsUntil(MONTH + 1), 0);
    const inAnHour = secondsUntil(Date.now() / 1000 + 3600)!;
    assert.ok(inAnHour > 3595 && inAnHour <= 3600);
  });
});

describe('memcached: the binary protocol', () => {
  const header = Buffer.alloc(24);
  header[1] = 0x01;
  header.writeUInt16BE(3, 2);
  header[4] = 8;
  header.writeUInt32BE(16, 8);
  const request = Buffer.concat([header, Buffer.from([0, 0, 0, 1, 0, 0, 0, 60]), Buffer.from('keyvalue')]);

  it('the parts of a request', () => {
    assert.equal(requestName(request), 'set');
    assert.equal(valueLength(request), 5);
    assert.equal(valueOf(request).toString(), 'value');
    assert.deepEqual([extra(request, 0), extra(request, 4), extra(request, 8)], [1, 60, 0]);
  });

  it('an opcode and a status that nobody knows', () => {
    assert.equal(memcachedCommand(requestName(Buffer.from([0x80, 0x77]))).name, 'UNKNOWN');
    assert.equal(statusName(0x1ff), '0x01ff');
  });
});
