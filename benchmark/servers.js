'use strict';

const { spawn } = require('node:child_process');
const { createServer, connect } = require('node:net');

/** Starts a redis-server and a memcached on free loopback ports, without persistence. */
async function startServers() {
  const [redisPort, memcachedPort] = [await freePort(), await freePort()];
  const redis = spawn('redis-server', ['--port', `${redisPort}`, '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const memcached = spawn('memcached', ['-u', 'nobody', '-l', '127.0.0.1', '-p', `${memcachedPort}`], {
    stdio: 'ignore',
  });
  await Promise.all([accepting(redisPort), accepting(memcachedPort)]);
  return {
    portFor: (client) => (client === 'memjs' ? memcachedPort : redisPort),
    stop: () => {
      redis.kill();
      memcached.kill();
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function accepting(port) {
  for (let tries = 0; tries < 200; tries++) {
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no server answers on port ${port}`);
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

module.exports = { startServers };
