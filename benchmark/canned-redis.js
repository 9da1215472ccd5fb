'use strict';

const VALUE = '{"id":123456,"name":"a product","price":19.99,"tags":["one","two","three"]}';
const HIT = bulk(VALUE);
const LIST_OF_TEN = `*10\r\n${HIT.repeat(10)}`;
/** What missing keys begin with. */
const MISSING = 'miss';

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
    const command = new CommandReader(data);
    let replies = '';
    let at = 0;
    while (command.read(at)) {
      at = command.end;
      replies += this.replyTo(command);
    }
    this.rest = data.subarray(at);
    return Buffer.from(replies, 'latin1');
  }

  replyTo(command) {
    switch (command.name()) {
      case 'GET':
        if (!command.startsWith(MISSING)) return HIT;
        return this.protocol === 3 ? '_\r\n' : '$-1\r\n';
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

/** Reads one command after the other, as cheaply as can be: all that it costs is in every configuration alike. */
class CommandReader {
  end = 0;

  constructor(data) {
    this.data = data;
  }

  /** @returns whether there is a whole command at this position */
  read(start) {
    this.at = start + 1;
    const count = this.number();
    for (let i = 0; i < count && this.at < this.data.length; i++) {
      this.at++;
      const length = this.number();
      if (i === 0) [this.nameStart, this.nameLength] = [this.at, length];
      if (i === 1) this.firstStart = this.at;
      this.at += length + 2;
    }
    this.end = this.at;
    return count > 0 && this.at <= this.data.length;
  }

  /** The number before the next end of line, past which it moves. */
  number() {
    let value = 0;
    for (; this.at < this.data.length && this.data[this.at] !== 13; this.at++)
      value = value * 10 + this.data[this.at] - 48;
    this.at += 2;
    return value;
  }

  name() {
    const { data, nameStart, nameLength } = this;
    // The commands that are measured, by their last letter but two and their length.
    if ((data[nameStart + nameLength - 3] | 32) === 103) {
      if (nameLength === 3) return 'GET';
      if (nameLength === 4) return (data[nameStart] | 32) === 109 ? 'MGET' : 'HGET';
    }
    return data.latin1Slice(nameStart, nameStart + nameLength).toUpperCase();
  }

  /** Whether the first argument starts with this text. */
  startsWith(text) {
    for (let i = 0; i < text.length; i++) if (this.data[this.firstStart + i] !== text.charCodeAt(i)) return false;
    return true;
  }
}

module.exports = { CannedRedis, VALUE };
