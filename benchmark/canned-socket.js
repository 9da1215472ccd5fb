'use strict';

const { Duplex } = require('node:stream');
const net = require('node:net');

/**
 * A socket without a network: it answers what is written to it in the same process, one turn of the event loop later. What is left
 * between two configurations is then the CPU that an instrumentation costs.
 */
class CannedSocket extends Duplex {
  /** @param {(chunk: Buffer) => Buffer | undefined} answer makes the reply bytes of the request bytes */
  constructor(answer) {
    super();
    this.answer = answer;
    this.unanswered = [];
    this.remoteAddress = '127.0.0.1';
    this.remotePort = 6379;
    this.connecting = true;
    setImmediate(() => {
      this.connecting = false;
      this.emit('connect');
      this.emit('ready');
    });
  }

  _read() {}

  _write(chunk, _encoding, done) {
    this.answerSoon();
    this.unanswered.push(chunk);
    done();
  }

  _writev(chunks, done) {
    this.answerSoon();
    for (const { chunk } of chunks) this.unanswered.push(chunk);
    done();
  }

  answerSoon() {
    if (this.unanswered.length === 0) setImmediate(this.answerAll);
  }

  /** All that was written in one turn is answered by one chunk, as it mostly is by a network. */
  answerAll = () => {
    const { unanswered } = this;
    this.unanswered = [];
    const reply = this.answer(unanswered.length === 1 ? unanswered[0] : Buffer.concat(unanswered));
    if (reply.length > 0) this.push(reply);
  };

  setKeepAlive() {
    return this;
  }

  setNoDelay() {
    return this;
  }

  setTimeout() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}

/** Where nobody listens: dd-trace looks for its agent there. */
const AGENT_PORT = 9;

/** Lets every client of this process connect to canned sockets. */
function replaceNetwork(makeAnswer) {
  const { connect: original } = net;
  const connect = (...parameters) => {
    if (parameters[0]?.port === AGENT_PORT) return original(...parameters);
    const socket = new CannedSocket(makeAnswer());
    const listener = parameters.find((parameter) => typeof parameter === 'function');
    if (listener !== undefined) socket.once('connect', listener);
    return socket;
  };
  net.connect = connect;
  net.createConnection = connect;
}

module.exports = { AGENT_PORT, replaceNetwork };
