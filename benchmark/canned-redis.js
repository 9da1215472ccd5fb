'use strict';

const VALUE = '{"id":123456,"name":"a product","price":19.99,"tags":["one","two","three"]}';
const HIT = bulk(VALUE);
const LIST_OF_TEN = `*10\r\n${HIT.repeat(10)}`;

function bulk(text) {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

/** The replies by command, as a server would give them; RESP3 where the client has asked for it (HELLO 3). */
class CannedRedis {
  protocol = 2;
  rest = Buffer.alloc(0);

  /** The replies to all whole commands in a chunk. */
  answer(chunk) {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let replies = '';
    let at = 0;
    while (at < data.length) {
      const command = readCommand(data, at);
      if (command === undefined) break;
      at = command.end;
      replies += this.replyTo(command.words);
    }
    this.rest = at === data.length ? Buffer.alloc(0) : data.subarray(at);
    return Buffer.from(replies);
  }

  replyTo([name, first]) {
    const nothing = this.protocol === 3 ? '_\r\n' : '$-1\r\n';
    switch (name) {
      case 'GET':
        return first.startsWith('miss') ? nothing : HIT;
      case 'HGET':
        return HIT;
      case 'MGET':
        return LIST_OF_TEN;
      case 'INFO':
        return bulk('redis_version:7.4.0\r\nloading:0\r\nrole:master\r\n');
      case 'HELLO':
        this.protocol = 3;
        return `%2\r\n${bulk('server')}${bulk('redis')}${bulk('proto')}:3\r\n`;
      default:
        return '+OK\r\n';
    }
  }
}

/** The first two words of a command (its name in upper case) and where it ends; undefined: it is not whole yet. */
function readCommand(data, start) {
  let at = data.indexOf(10, start) + 1;
  if (at === 0) return undefined;
  const count = number(data, start + 1);
  const words = [];
  for (let i = 0; i < count; i++) {
    const begin = data.indexOf(10, at) + 1;
    if (begin === 0) return undefined;
    const end = begin + number(data, at + 1);
    if (end + 2 > data.length) return undefined;
    if (i < 2) words.push(data.latin1Slice(begin, end));
    at = end + 2;
  }
  words[0] = words[0].toUpperCase();
  return { words, end: at };
}

function number(data, at) {
  let value = 0;
  for (; data[at] !== 13; at++) value = value * 10 + data[at] - 48;
  return value;
}

module.exports = { CannedRedis, VALUE };
