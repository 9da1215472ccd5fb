import { types } from 'node:util';
import { isWrapped, WRAPPED } from './wrapped';

/** What takes the place of an exported class or function: `construct` for `new`, `apply` for calls. */
export type ExportWrapper = (original: Function) => ProxyHandler<Function>;

/** What stands for each original, so that it is the same wherever it is exported from. */
const standIns = new WeakMap<Function, Function>();

interface Replaced {
  readonly target: object;
  readonly key: string;
  /** Undefined: it was inherited. */
  readonly before: PropertyDescriptor | undefined;
  readonly standIn: Function;
}

/**
 * Replaces classes and functions that a module exports. What stands in for one is a proxy: statics, `instanceof`, subclasses, name and
 * length are those of the original.
 */
export class ExportReplacements {
  /** What `require` is to give in place of the exports, where those themselves can't be changed. */
  exports: unknown;
  private readonly replaced: Replaced[] = [];

  constructor(private readonly original: unknown) {}

  /** @returns whether the module exports it */
  replace(name: string, wrapper: ExportWrapper): boolean {
    const { original: exports } = this;
    if (typeof exports === 'function' && !hasFunction(exports, name)) {
      const standIn = this.standIn(exports, wrapper);
      this.exports = standIn;
      this.takeOver(exports, standIn);
      this.showSource(exports, standIn);
      return true;
    }
    let found = false;
    for (const holder of holdersOf(exports)) {
      for (const key of keysOf(holder, name)) {
        found = true;
        this.put(holder, key, wrapper);
      }
    }
    return found;
  }

  replaceGetter(target: object, key: string, wrapper: (original: () => unknown) => () => unknown): void {
    const before = Object.getOwnPropertyDescriptor(target, key);
    if (before?.get === undefined || isWrapped(before.get)) return;
    const { name, length } = before.get;
    const standIn = Object.defineProperties(wrapper(before.get), {
      name: { value: name, configurable: true },
      length: { value: length, configurable: true },
      [WRAPPED]: { value: true },
    });
    Object.defineProperty(target, key, { ...before, get: standIn });
    this.replaced.push({ target, key, before, standIn });
  }

  restore(): void {
    for (const { target, key, before, standIn } of this.replaced.splice(0)) {
      const now = Object.getOwnPropertyDescriptor(target, key);
      if (now?.value !== standIn && now?.get !== standIn) continue;
      if (before === undefined) Reflect.deleteProperty(target, key);
      else Object.defineProperty(target, key, before);
    }
  }

  private put(holder: object, key: string, wrapper: ExportWrapper): void {
    const original = (holder as Record<string, Function>)[key]!;
    if (isWrapped(original)) return;
    const standIn = this.standIn(original, wrapper);
    let before = Object.getOwnPropertyDescriptor(holder, key)!;
    let target = holder;
    if (types.isModuleNamespaceObject(holder) || !isChangeable(before)) {
      // What bundlers write as a getter that can't be redefined, and namespaces of ES modules that were required. One copy for good: who
      // has it sees what is replaced again after it was restored.
      target = this.exports ??= copyOf(this.original as object);
      before = Object.getOwnPropertyDescriptor(target, key)!;
    }
    Object.defineProperty(target, key, {
      value: standIn,
      enumerable: before.enumerable ?? false,
      configurable: before.configurable ?? false,
      writable: true,
    });
    this.replaced.push({ target, key, before, standIn });
    this.takeOver(original, standIn);
    this.showSource(original, standIn);
  }

  /** `instance.constructor` is what the application knows as the class. */
  private takeOver(original: Function, standIn: Function): void {
    const prototype = (original as { prototype?: object }).prototype;
    if (prototype === undefined) return;
    const before = Object.getOwnPropertyDescriptor(prototype, 'constructor');
    if (before?.value !== original || !isChangeable(before)) return;
    Object.defineProperty(prototype, 'constructor', { ...before, value: standIn });
    this.replaced.push({ target: prototype, key: 'constructor', before, standIn });
  }

  /** A proxy has no source to show, and some look there whether a function is a class: `String(LRUCache)`. */
  private showSource(original: Function, standIn: Function): void {
    if (Object.hasOwn(original, 'toString') || !Object.isExtensible(original)) return;
    const shown = {
      toString(this: unknown): string {
        return Function.prototype.toString.call(this === standIn ? original : this);
      },
    };
    Object.defineProperty(original, 'toString', { value: shown.toString, configurable: true, writable: true });
    this.replaced.push({ target: original, key: 'toString', before: undefined, standIn: shown.toString });
  }

  private standIn(original: Function, wrapper: ExportWrapper): Function {
    if (isWrapped(original)) return original;
    const known = standIns.get(original);
    if (known !== undefined) return known;
    const has = (target: object, key: string | symbol) => key === WRAPPED || key in target;
    const standIn = new Proxy<Function>(original, { ...wrapper(original), has });
    standIns.set(original, standIn);
    return standIn;
  }
}

/** Where a module may have its exports: an ES module that stands for a CommonJS one has those of the latter as `default`. */
function holdersOf(exports: unknown): object[] {
  if (!isHolder(exports)) return [];
  const { default: inner, 'module.exports': whole } = exports as Record<string, unknown>;
  return [...new Set([exports, inner, whole])].filter(isHolder);
}

function isHolder(candidate: unknown): candidate is object {
  return (typeof candidate === 'object' && candidate !== null) || typeof candidate === 'function';
}

/** A module's only class is its default export, and that of a CommonJS module that is itself the class. */
function keysOf(holder: object, name: string): string[] {
  const named = (holder as Record<string, unknown>)[name];
  const isTheOne = (key: string) => {
    const value = (holder as Record<string, unknown>)[key];
    return Object.hasOwn(holder, key) && typeof value === 'function' && (named === undefined || value === named);
  };
  const others = typeof holder === 'function' ? [] : ['default', 'module.exports'].filter(isTheOne);
  return hasFunction(holder, name) ? [name, ...others] : others;
}

function hasFunction(holder: object, name: string): boolean {
  return Object.hasOwn(holder, name) && typeof (holder as Record<string, unknown>)[name] === 'function';
}

function isChangeable({ configurable, writable }: PropertyDescriptor): boolean {
  return configurable === true || writable === true;
}

function copyOf(exports: object): object {
  const copy = Object.create(Object.getPrototypeOf(exports) as object | null) as object;
  for (const key of Reflect.ownKeys(exports)) {
    const { enumerable = false } = Object.getOwnPropertyDescriptor(exports, key)!;
    const get = () => (exports as Record<string | symbol, unknown>)[key];
    Object.defineProperty(copy, key, { get, enumerable, configurable: true });
  }
  return copy;
}
