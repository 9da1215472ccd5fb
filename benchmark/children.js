'use strict';

const { fork, spawnSync } = require('node:child_process');
const { cpus } = require('node:os');
const { join } = require('node:path');

/** A process of its own that is asked for one thing at a time. */
class Child {
  constructor(file, args = [], options = {}) {
    this.process = fork(file, args, options);
  }

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

/** A process that measures one client in one configuration. */
class ClientChild extends Child {
  constructor(job, flags = []) {
    super(join(__dirname, 'measure.js'), [], {
      execArgv: ['--expose-gc', ...flags],
      env: { ...process.env, NODE_OPTIONS: '', ...job.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ready = this.ask(job);
  }
}

/** In a {@link Child}: answers its parent with what `answer` promises for each thing that is asked for. */
function answerParent(answer) {
  process.on('message', (job) => {
    answer(job)
      .then((result) => process.send(result))
      .catch((error) => {
        process.stderr.write(`${error.stack}\n`, () => process.exit(1));
      });
  });
  process.on('disconnect', () => process.exit());
}

/**
 * Asks children for the same in turns, the order reversed every other time.
 * @returns for each child what it answered
 */
async function takeTurns(children, turns, job) {
  const results = children.map(() => []);
  for (let turn = 0; turn < turns; turn++) {
    const order = turn % 2 === 0 ? [...children.keys()] : [...children.keys()].reverse();
    for (const index of order) results[index].push(await children[index].ask(job));
  }
  return results;
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

module.exports = { answerParent, Child, ClientChild, stayOnOneCore, takeTurns };
