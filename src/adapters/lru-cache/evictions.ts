import type { InProcessCache } from '../../telemetry/in-process/in-process-cache';
import type { Dispose } from './library';

/** The `dispose` functions that instances have of us, with what the application gave in their place. */
const given = new WeakMap<Function, unknown>();

/** What instances have whose application gave no function. */
const shared = new WeakMap<InProcessCache, Dispose>();

function count(cache: InProcessCache, reason: string): void {
  if (reason === 'evict') cache.evicted('capacity', 1);
  else if (reason === 'expire') cache.evicted('expired', 1);
}

/** The options with a `dispose` that counts. The caller's own object stays as it is: it may be used for other caches. */
export function withDispose(options: unknown, cache: InProcessCache): unknown {
  if (typeof options !== 'object' || options === null) return options;
  const own = (options as { dispose?: unknown }).dispose;
  const dispose = typeof own === 'function' ? calling(own as Dispose, cache) : sharedBy(cache);
  if (Object.getPrototypeOf(options) === Object.prototype) return { ...options, dispose };
  return Object.create(options, { dispose: { value: dispose } });
}

/** What the application is to see as an instance's `dispose`. */
export function shownDispose(dispose: unknown): unknown {
  return typeof dispose === 'function' && given.has(dispose) ? given.get(dispose) : dispose;
}

function calling(own: Dispose, cache: InProcessCache): Dispose {
  const dispose: Dispose = function (value, key, reason) {
    const result = own.call(this, value, key, reason);
    // Where it throws, the entry stays.
    count(cache, reason);
    return result;
  };
  given.set(dispose, own);
  return dispose;
}

function sharedBy(cache: InProcessCache): Dispose {
  let dispose = shared.get(cache);
  if (dispose === undefined) {
    dispose = (_value, _key, reason) => {
      count(cache, reason);
    };
    shared.set(cache, dispose);
    given.set(dispose, undefined);
  }
  return dispose;
}
