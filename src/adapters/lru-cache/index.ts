import type { Adapter, Host, ModulePatch } from '../../adapter';
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

const main: ModulePatch = { module: 'lru-cache', versions: ['>=10.0.0 <12'], patch };

/** What the subpaths are in one version or the other; some of it is the main module in others. */
const BUILDS = ['commonjs', 'esm', 'cjs', 'mjs'].flatMap((format) =>
  ['index', 'index.min', 'node/index'].map((build) => `dist/${format}/${build}`),
);

export const lruCache: Adapter = {
  name: 'lru-cache',
  modules: [main, ...BUILDS.map((file) => ({ ...main, file }))],
  // The first until version 11.2, the other later.
  subpaths: ['lru-cache/min', 'lru-cache/raw'],
};
