'use strict';

const { fork, spawnSync } = require('node:child_process');
const { cpus } = require('node:os');
const { join } = require('node:path');

/** A process that measures one client in one configuration. */
class Child {
  constructor(job, flags = []) {
    this.process = fork(join(__dirname, 'measure.js'), {
      execArgv: ['--expose-gc', ...flags],
      env: { ...process.env, NODE_OPTIONS: '', ...job.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ready = this.ask(job);
  }

  /** Has it do something; only one thing at a time. */
  ask(job) {
    return new Promise((resolve, reject) => {
      const exited = (code) => reject(new Error(`a measurement ended with exit code ${code}`));
      this.process.once('exit', exited);
      this.process.once('message', (result) => {
        this.process.removeListener('exit', exited);
        resolve(result);
      });
      this.process.send(job);
    });
  }

  async end() {
    if (!this.process.connected) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.disconnect();
    await ended;
  }
}

/**
 * Has this process and those that it starts from now on use one core, where the system can do that (Linux): measured on two, some
 * processes were half as fast as others of the same kind, for all of their lives.
 * @returns whether they do
 */
function stayOnOneCore() {
  const last = String(cpus().length - 1);
  return spawnSync('taskset', ['--cpu-list', '--pid', last, String(process.pid)]).status === 0;
}

module.exports = { Child, stayOnOneCore };
