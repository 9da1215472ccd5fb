import type { Host } from '../../adapter';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Args, Members, Queued } from './library';

/** By batch of a cluster. */
const membersOf = new WeakMap<ClusterBatch, Members>();

/** The batch of a cluster that is given its first member at this moment. */
let filled: ClusterBatch | undefined;

/** What a cluster gives for `multi()`: its members are private in it. */
export interface ClusterBatch {
  addCommand(...parameters: unknown[]): unknown;
}

export function patchMembers(prototype: Members, host: Host): void {
  host.wrap(prototype, 'addCommand', (original) => {
    return function addCommand(this: Members, args: Args): unknown {
      if (filled !== undefined) membersOf.set(filled, this);
      // Another instrumentation makes a span of each member when it is added.
      if (host.telemetry !== undefined) foreignSpans.claim(args);
      // Not as a rest parameter, which is an array for each member.
      return original.apply(this, arguments);
    };
  });
}

export function patchClusterMembers(prototype: ClusterBatch, host: Host): void {
  host.wrap(prototype, 'addCommand', (original) => {
    return function addCommand(this: ClusterBatch): unknown {
      if (membersOf.has(this)) return original.apply(this, arguments);
      return fill(this, () => original.apply(this, arguments));
    };
  });
}

function fill(batch: ClusterBatch, add: () => unknown): unknown {
  filled = batch;
  try {
    return add();
  } finally {
    filled = undefined;
  }
}

/** None where they are not known, as for a batch of nothing but scripts. */
export function queueOf(batch: ClusterBatch): readonly Queued[] {
  return membersOf.get(batch)?.queue ?? [];
}
