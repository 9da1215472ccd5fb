import assert from 'node:assert/strict';
import type { CacheInstrumentation } from '../../src';
import { requireHere } from './library-copies';

/** What can be seen of a function without calling it. */
export function shapeOf({ value, enumerable, writable, configurable }: PropertyDescriptor) {
  const { name, length } = value as Function;
  return { name, length, enumerable, writable, configurable };
}

function flags({ enumerable, writable, configurable }: PropertyDescriptor) {
  return { enumerable, writable, configurable };
}

/** Everything that a library has loaded, exports, and keeps in the prototypes of what it exports, by where it is. */
function everything(packageName: string): Map<string, PropertyDescriptor> {
  const all = new Map<string, PropertyDescriptor>();
  const seen = new Set<unknown>();
  const add = (place: string, target: unknown): void => {
    if ((typeof target !== 'object' && typeof target !== 'function') || target === null || seen.has(target)) return;
    seen.add(target);
    for (const key of Reflect.ownKeys(target)) {
      const property = Reflect.getOwnPropertyDescriptor(target, key)!;
      all.set(`${place} ${String(key)}`, property);
      // What was compiled from an ES module exports by getters.
      const value: unknown = place.includes(' ') ? property.value : Reflect.get(target, key);
      if (key !== 'constructor') add(`${place} ${String(key)}`, value);
    }
  };
  for (const [file, loaded] of Object.entries(requireHere.cache)) {
    if (file.includes(`/node_modules/${packageName}/`)) add(file, loaded!.exports);
  }
  return all;
}

/**
 * An instrumentation that is enabled changes a library, and changes back all of it when it is disabled; functions look as before meanwhile.
 * @param least so many properties are changed at least
 */
export function assertLeftWithoutTrace(
  instrumentation: CacheInstrumentation,
  packageName: string,
  least: number,
): void {
  instrumentation.disable();
  const before = everything(packageName);
  assert.ok(before.size > least, `${before.size} properties`);
  instrumentation.enable();
  const changed = [...everything(packageName)].filter(([at, { value }]) => before.get(at)?.value !== value);
  assert.ok(changed.length >= least, `${changed.length} patched`);
  for (const [at, property] of changed) {
    const own = before.get(at);
    if (typeof own?.value === 'function') assert.deepEqual(shapeOf(property), shapeOf(own), at);
  }
  instrumentation.disable();
  const after = everything(packageName);
  assert.deepEqual([...after.keys()], [...before.keys()]);
  for (const [at, property] of after) {
    const own = before.get(at)!;
    assert.ok(property.value === own.value && property.get === own.get && property.set === own.set, at);
    assert.deepEqual(flags(property), flags(own), at);
  }
  instrumentation.enable();
}
