import { SCOPE_NAME } from './semconv';

/** What copies of this package in a process have in common: one may be the preload's, another what the application imports. */
interface Copies {
  /** The preload's, as long as it may have to start an SDK. */
  operationSeen: (() => void) | undefined;
  /** Who is to be told that it has started one. */
  readonly sdkStarted: Set<() => void>;
}

const COPIES = Symbol.for(`${SCOPE_NAME}.copies`);

export function copies(): Copies {
  const global = globalThis as { [COPIES]?: Copies };
  return (global[COPIES] ??= { operationSeen: undefined, sdkStarted: new Set() });
}
