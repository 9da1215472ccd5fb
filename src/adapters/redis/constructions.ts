import type { Host } from '../../adapter';

/** What a file exports: a class that other files make instances of. */
export interface ClassFile {
  default: Constructor;
}

type Constructor = new (...parameters: unknown[]) => object;

/**
 * Tells of every instance of a class that a file exports. Instances, prototype and static members stay those of the class itself.
 * @param made called with the instance and what it was made of
 */
export function wrapClass(
  exports: ClassFile,
  host: Host,
  made: (instance: object, parameters: readonly unknown[]) => void,
): void {
  host.wrap(exports, 'default', (original) => {
    const Original = original as Constructor;
    const Wrapper = function (...parameters: unknown[]): object {
      const instance = Reflect.construct(
        Original,
        parameters,
        (new.target as unknown) === Wrapper ? Original : new.target,
      ) as object;
      made(instance, parameters);
      return instance;
    } as unknown as Constructor;
    Object.setPrototypeOf(Wrapper, Original);
    Object.defineProperty(Wrapper, 'prototype', { value: Original.prototype });
    return Wrapper;
  });
}
