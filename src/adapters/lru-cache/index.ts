import type { Adapter, Host } from '../../adapter';
import { InProcessLibrary } from '../../telemetry/in-process/in-process-library';
import type { Contents } from '../../telemetry/in-process/instances';
import { shownDispose, withDispose } from './evictions';
import type { LruCache } from './library';
import { patchBasics, patchDelete, patchLoading } from './methods';

function read({ size, maxSize, maxEntrySize, calculatedSize }: LruCache): Contents {
  return { entries: size, size: maxSize > 0 || maxEntrySize > 0 ? calculatedSize : undefined };
}

/** The class is patched, not the tracing channel that version 11 has: with a listener on it, the caller's options are written to. */
function patch(exports: unknown, host: Host): void {
  const { LRUCache } = exports as { LRUCache: { prototype: LruCache } };
  const library = new InProcessLibrary(host, read);
  patchBasics(LRUCache.prototype, host, library);
  patchDelete(LRUCache.prototype, host, library);
  patchLoading(LRUCache.prototype, host, library);
  host.wrapGetter(LRUCache.prototype, 'dispose', (original) => {
    return function dispose(this: LruCache): unknown {
      return shownDispose(original.call(this));
    };
  });
  host.wrapExport('LRUCache', () => library.construction(([options], cache) => [withDispose(options, cache)]));
}

export const lruCache: Adapter = {
  name: 'lru-cache',
  modules: [{ module: 'lru-cache', versions: ['>=10.0.0 <12'], patch }],
};
