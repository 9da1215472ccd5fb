import { diag } from '@opentelemetry/api';
import type { Host, ModulePatch } from './adapter';
import { ExportReplacements, type ExportWrapper } from './export-replacements';
import { SCOPE_NAME } from './semconv';
import type { Telemetry } from './telemetry/telemetry';
import type { ClientName } from './types';
import { isWrapped, WRAPPED } from './wrapped';

type Wrapper = (original: unknown) => unknown;

/** One replaced method. */
interface Wrap {
  readonly target: Record<string, unknown>;
  readonly method: string;
  readonly wrapper: Wrapper;
  /** How the method was before; undefined: it was inherited. */
  before: PropertyDescriptor | undefined;
  original: unknown;
  replacement: unknown;
}

/** One loaded copy of a client library's module. */
export class LoadedCopy implements Host {
  telemetry: Telemetry | undefined;
  private patched = false;
  private readonly wraps: Wrap[] = [];
  private readonly replacements: ExportReplacements;

  constructor(
    readonly client: ClientName,
    readonly patch: ModulePatch,
    readonly exports: unknown,
    readonly moduleVersion: string | undefined,
    readonly early: boolean,
  ) {
    this.replacements = new ExportReplacements(exports);
  }

  /** What the application is to get as the module's exports. */
  get shown(): unknown {
    return this.replacements.exports ?? this.exports;
  }

  /** Methods on which another wrapper lies above or below ours. */
  get wrappedByOthers(): readonly string[] {
    return this.wraps
      .filter(({ target, method, original, replacement }) => target[method] !== replacement || isShimmed(original))
      .map(({ method }) => method);
  }

  /** Patches or restores the copy, as the enabled instrumentations want it now. */
  refresh(telemetry: Telemetry | undefined): void {
    this.telemetry = telemetry;
    const wanted = telemetry !== undefined;
    if (wanted === this.patched) return;
    this.patched = wanted;
    if (!wanted) return this.restore();
    try {
      this.patch.patch(this.exports, this);
    } catch (error) {
      diag.error(`${SCOPE_NAME}: ${this.client} ${this.moduleVersion ?? ''} could not be patched`, error);
    }
  }

  wrap<T extends object, K extends keyof T & string>(
    owner: T,
    method: K,
    wrapper: (original: T[K] & Function) => T[K],
  ): void {
    const target = owner as Record<string, unknown>;
    // Still there under another instrumentation's wrapper: it works again as soon as `telemetry` is set.
    if (this.wraps.some((wrap) => wrap.target === target && wrap.method === method)) return;
    const original = target[method];
    if (typeof original !== 'function') {
      diag.warn(
        `${SCOPE_NAME}: ${this.client} ${this.moduleVersion ?? ''} has no method ${method}; it is not observed`,
      );
      return;
    }
    if (isWrapped(original)) {
      diag.debug(`${SCOPE_NAME}: ${this.client}'s ${method} is observed by another copy of this package`);
      return;
    }
    const before = Object.getOwnPropertyDescriptor(target, method);
    const wrap: Wrap = { target, method, wrapper: wrapper as Wrapper, before, original, replacement: undefined };
    this.wraps.push(wrap);
    this.install(wrap, original);
  }

  private install(wrap: Wrap, original: Function): void {
    const replacement = wrap.wrapper(original) as Function;
    // Methods of classes have none, by which some tell them from constructors. That there is such a property can't be changed.
    if (!Object.hasOwn(original, 'prototype')) replacement.prototype = undefined;
    Object.defineProperties(replacement, {
      name: { value: original.name, configurable: true },
      length: { value: original.length, configurable: true },
      [WRAPPED]: { value: true },
      // Instrumentations that are built on shimmer unwrap whatever is on top. Ours stays and lets go of theirs below.
      __unwrap: {
        value: () => {
          this.release(wrap, original);
        },
        configurable: true,
        writable: true,
      },
    });
    // Some unwrap only what looks as if shimmer had made it.
    if (isShimmed(original)) Object.assign(replacement, { __original: original, __wrapped: true });
    wrap.original = original;
    wrap.replacement = replacement;
    Object.defineProperty(wrap.target, wrap.method, {
      value: replacement,
      configurable: true,
      writable: true,
      enumerable: wrap.before?.enumerable ?? false,
    });
  }

  /** Takes another instrumentation's wrapper, which is right below ours, out of the chain. */
  private release(wrap: Wrap, theirs: Function): void {
    const below = (theirs as { __original?: unknown }).__original;
    if (typeof below !== 'function' || wrap.target[wrap.method] !== wrap.replacement) return;
    if (wrap.before !== undefined) wrap.before = { ...wrap.before, value: below };
    this.install(wrap, below);
  }

  wrapExport(name: string, wrapper: ExportWrapper): void {
    if (this.replacements.replace(name, wrapper)) return;
    diag.warn(`${SCOPE_NAME}: ${this.client} ${this.moduleVersion ?? ''} does not export ${name}; it is not observed`);
  }

  wrapGetter(target: object, key: string, wrapper: (original: () => unknown) => () => unknown): void {
    this.replacements.replaceGetter(target, key, wrapper);
  }

  private restore(): void {
    this.replacements.restore();
    for (const wrap of this.wraps.splice(0)) {
      if (this.uninstall(wrap)) continue;
      // Another wrapper is on top of ours and holds it: ours stays and does nothing, until the other goes.
      this.wraps.push(wrap);
      this.followUnwrap(wrap);
    }
  }

  private uninstall({ target, method, before, replacement }: Wrap): boolean {
    if (target[method] !== replacement) return false;
    if (before === undefined) Reflect.deleteProperty(target, method);
    else Object.defineProperty(target, method, before);
    return true;
  }

  /** When shimmer takes the wrapper above ours away, it puts ours back; if ours is not wanted any more, it goes too. */
  private followUnwrap(wrap: Wrap): void {
    const above = wrap.target[wrap.method] as { __original?: unknown; __unwrap?: () => void };
    const { __unwrap: unwrap } = above;
    if (above.__original !== wrap.replacement || typeof unwrap !== 'function') return;
    const value = () => {
      unwrap();
      if (this.patched || !this.uninstall(wrap)) return;
      this.wraps.splice(this.wraps.indexOf(wrap), 1);
    };
    Object.defineProperty(above, '__unwrap', { value, configurable: true, writable: true });
  }
}

/** As shimmer marks its wrappers, upon which most instrumentations are built. */
function isShimmed(candidate: unknown): boolean {
  return (candidate as { __wrapped?: boolean }).__wrapped === true;
}
