'use strict';
// Brings a server further away: what it answers arrives so many milliseconds later.

const net = require('node:net');

/** @returns the address at which the server is that far away */
function farAway(address, milliseconds) {
  const [host, port] = address.split(':');
  const server = net.createServer((client) => {
    const upstream = net.connect(port, host);
    for (const socket of [client, upstream]) {
      socket.setNoDelay().on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((one) => one.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (data) => setTimeout(() => client.write(data), milliseconds));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${server.address().port}`));
  });
}

module.exports = { farAway };
