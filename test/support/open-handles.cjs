'use strict';
// Remembers where each timer, socket and process of the tests was made: of what is left open Node tells the kind alone.

const { createHook } = require('node:async_hooks');

const KINDS = new Set([
  'Timeout',
  'TCPWRAP',
  'TCPSERVERWRAP',
  'PIPEWRAP',
  'PIPESERVERWRAP',
  'PROCESSWRAP',
  'UDPWRAP',
  'WORKER',
  'FSEVENTWRAP',
]);
/** Frames of a place that are kept; the first ones are Node's own. */
const FRAMES = 25;
/** How many are remembered before those that are over are forgotten. */
const MANY = 1000;

let made = [];
let limit = MANY;

const isOpen = ({ resource }) => {
  const handle = resource.deref();
  // A timer that is over still says that it would keep the process; what is closed says nothing.
  return handle !== undefined && handle._destroyed !== true && handle.hasRef?.() === true;
};

// No `destroy`: with it each promise would be watched until it is collected.
createHook({
  init(_, kind, __, resource) {
    if (!KINDS.has(kind)) return;
    if (made.length >= limit) {
      made = made.filter(isOpen);
      limit = made.length + MANY;
    }
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = FRAMES;
    made.push({ kind, resource: new WeakRef(resource), place: new Error('made') });
    Error.stackTraceLimit = stackTraceLimit;
  },
}).enable();

/** What keeps the process alive now, each with the place where it was made. */
function openHandles() {
  return made.filter(isOpen).map(({ kind, place }) => {
    const frames = place.stack.split('\n').slice(1);
    return [kind, ...frames.filter((frame) => !/node:|open-handles|[\\/]mocha[\\/]/.test(frame))].join('\n');
  });
}

module.exports = { openHandles };
