'use strict';

const { VALUE } = require('./canned-redis');

const HEADER = 24;
const GET = 0x00;
const NOT_FOUND = 1;

/** The binary protocol's replies: a value to GET, nothing to a key that begins with `miss`, success to everything else. */
class CannedMemcached {
  rest = Buffer.alloc(0);

  answer(chunk) {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const replies = [];
    let at = 0;
    while (at + HEADER <= data.length) {
      const end = at + HEADER + data.readUInt32BE(at + 8);
      if (end > data.length) break;
      replies.push(reply(data, at));
      at = end;
    }
    this.rest = data.subarray(at);
    return Buffer.concat(replies);
  }
}

function reply(request, at) {
  const opcode = request[at + 1];
  const key = request.latin1Slice(at + HEADER + request[at + 4], at + HEADER + request[at + 4] + 4);
  const missed = opcode === GET && key === 'miss';
  const value = opcode === GET && !missed ? Buffer.from(VALUE) : Buffer.alloc(0);
  const extras = opcode === GET && !missed ? 4 : 0;
  const header = Buffer.alloc(HEADER + extras);
  header[0] = 0x81;
  header[1] = opcode;
  header[4] = extras;
  header.writeUInt16BE(missed ? NOT_FOUND : 0, 6);
  header.writeUInt32BE(extras + value.length, 8);
  request.copy(header, 12, at + 12, at + 16);
  return Buffer.concat([header, value]);
}

module.exports = { CannedMemcached };
