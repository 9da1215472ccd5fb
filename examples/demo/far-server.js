'use strict';
// Brings a server further away: what it answers arrives so many milliseconds later.

const net = require('node:net');

/**
 * @param {string} address `host:port`
 * @param {number} milliseconds
 * @returns {Promise<{ address: string, close: () => Promise<void> }>} where the server is that far away
 */
function farAway(address, milliseconds) {
  const [host, port] = address.split(':');
  const sockets = new Set();
  const server = net.createServer((client) => {
    const upstream = net.connect(port, host);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((one) => one.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (data) => setTimeout(() => client.write(data), milliseconds));
  });
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ address: `127.0.0.1:${server.address().port}`, close }));
  });
}

module.exports = { farAway };
