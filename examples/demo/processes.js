'use strict';
// The demo's child processes. None outlives the demo.

const { spawn } = require('node:child_process');

const alive = new Set();

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
// Without a listener these signals end the process with no 'exit' event.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
]) {
  process.once(signal, () => process.exit(128 + number));
}

/**
 * Starts a program and waits until it prints what says that it is ready.
 * @param {RegExp} ready
 * @param kept how much of what it prints is kept, in characters; the default is enough to be ready by, and to tell why it failed
 * @returns the child, and the match
 */
function start(command, args, ready, env = process.env, kept = 10_000) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  let output = '';
  return new Promise((resolve, reject) => {
    const hear = (chunk) => {
      output = (output + chunk).slice(-kept);
      const match = ready.exec(output);
      if (match !== null) resolve({ ended, kill: (signal) => child.kill(signal), match, output: () => output });
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('error', reject);
    void ended.then(({ code, signal }) => {
      alive.delete(child);
      reject(new Error(`'${command} ${args.join(' ')}' ended with ${code ?? signal}:\n${output}`));
    });
  });
}

module.exports = { start };
