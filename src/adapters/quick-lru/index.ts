import type { Adapter, Host } from '../../adapter';
import { InProcessLibrary } from '../../telemetry/in-process/in-process-library';
import type { Contents } from '../../telemetry/in-process/instances';
import { forgetTold, patchEvictions, readOrWritten, tellsExpired, withOnEviction } from './evictions';
import type { QuickLru } from './library';

function read({ size }: QuickLru): Contents {
  // Callbacks that throw have it count below 0.
  return { entries: Math.max(size, 0), size: undefined };
}

function patchMethods(prototype: QuickLru, host: Host, library: InProcessLibrary): void {
  host.wrap(prototype, 'get', (original) => {
    return function get(this: QuickLru, key: unknown): unknown {
      const value: unknown = original.call(this, key);
      readOrWritten(this, library);
      library.of(this)?.lookedUp(value !== undefined);
      return value;
    };
  });
  host.wrap(prototype, 'set', (original) => {
    return function set(this: QuickLru, key: unknown, value: unknown, options?: unknown): unknown {
      const result: unknown = original.call(this, key, value, options);
      readOrWritten(this, library);
      const cache = library.written(this);
      if (cache !== undefined) cache.sets.count++;
      return result;
    };
  });
  host.wrap(prototype, 'delete', (original) => {
    return function deleteKey(this: QuickLru, key: unknown): boolean {
      const result = original.call(this, key) as boolean;
      const cache = library.of(this);
      if (cache !== undefined && !tellsExpired(this, cache)) cache.deletes.count++;
      return result;
    };
  });
  host.wrap(prototype, 'clear', (original) => {
    return function clear(this: QuickLru): void {
      original.call(this);
      const cache = library.of(this);
      if (cache !== undefined) cache.clears.count++;
    };
  });
  for (const method of ['resize', 'evict'] as const) {
    if (prototype[method] === undefined) continue;
    host.wrap(prototype as Required<QuickLru>, method, (original) => {
      return function evict(this: QuickLru, count?: number): void {
        // Without an argument `evict` has a default.
        if (count === undefined) original.call(this);
        else original.call(this, count);
        forgetTold();
      };
    });
  }
}

function patch(exports: unknown, host: Host): void {
  const { default: whole = exports } = exports as Record<string, unknown>;
  const { prototype } = whole as { prototype: QuickLru };
  const library = new InProcessLibrary(host, read);
  const isPrivate = prototype._set === undefined;
  patchMethods(prototype, host, library);
  if (!isPrivate) patchEvictions(prototype, host, library);
  host.wrapExport('QuickLRU', () =>
    library.construction(([options], cache) => (isPrivate ? [withOnEviction(options, cache)] : [options])),
  );
}

export const quickLru: Adapter = {
  name: 'quick-lru',
  modules: [{ module: 'quick-lru', versions: ['>=5.0.0 <8'], patch }],
};
