import { diag } from '@opentelemetry/api';
import type { Host, ModulePatch } from './adapter';
import { enabledTelemetries } from './current';
import { SCOPE_NAME } from './semconv';
import type { Telemetry } from './telemetry/telemetry';
import type { ClientName } from './types';

/** Marks a function as ours, also for another copy of this package. */
const WRAPPED = Symbol.for(`${SCOPE_NAME}.wrapped`);

type Wrapper = (original: unknown) => unknown;

/** One replaced method. */
interface Wrap {
  readonly target: Record<string, unknown>;
  readonly method: string;
  readonly wrapper: Wrapper;
  /** How the method was before; undefined: it was inherited. */
  before: PropertyDescriptor | undefined;
  replacement: unknown;
}

/** Whether an instrumentation observes a client. */
export function observes(telemetry: Telemetry, client: ClientName): boolean {
  const { clients } = telemetry.settings;
  if (clients.includes(`-${client}`)) return false;
  const chosen = clients.filter((name) => !name.startsWith('-'));
  return chosen.length === 0 || chosen.includes(client);
}

/** One loaded copy of a client library's module. */
class LoadedCopy implements Host {
  telemetry: Telemetry | undefined;
  private patched = false;
  private readonly wraps: Wrap[] = [];

  constructor(
    readonly client: ClientName,
    readonly patch: ModulePatch,
    readonly exports: unknown,
    readonly moduleVersion: string | undefined,
  ) {}

  /** Patches or restores the copy, as the enabled instrumentations want it now. */
  refresh(): void {
    this.telemetry = enabledTelemetries().find((telemetry) => observes(telemetry, this.client));
    const wanted = this.telemetry !== undefined;
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
    if (isOurs(original)) {
      diag.debug(`${SCOPE_NAME}: ${this.client}'s ${method} is observed by another copy of this package`);
      return;
    }
    const before = Object.getOwnPropertyDescriptor(target, method);
    const wrap: Wrap = { target, method, wrapper: wrapper as Wrapper, before, replacement: undefined };
    this.wraps.push(wrap);
    this.install(wrap, original);
  }

  private install(wrap: Wrap, original: Function): void {
    const replacement = wrap.wrapper(original) as Function;
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

  private restore(): void {
    for (const wrap of this.wraps.splice(0)) {
      const { target, method, before, replacement } = wrap;
      // Another wrapper is on top of ours and holds it: ours stays and does nothing.
      if (target[method] !== replacement) this.wraps.push(wrap);
      else if (before === undefined) delete target[method];
      else Object.defineProperty(target, method, before);
    }
  }
}

function isOurs(candidate: unknown): boolean {
  for (let one = candidate; typeof one === 'function'; one = (one as { __original?: unknown }).__original) {
    if (WRAPPED in one) return true;
  }
  return false;
}

const copies: LoadedCopy[] = [];

/** A module of a client library was loaded: each copy is patched once, however many instrumentations hear of it. */
export function moduleLoaded(
  client: ClientName,
  patch: ModulePatch,
  exports: unknown,
  version: string | undefined,
): void {
  let copy = copies.find((one) => one.exports === exports && one.patch === patch);
  if (copy === undefined) copies.push((copy = new LoadedCopy(client, patch, exports, version)));
  copy.refresh();
}

/** The enabled instrumentations, or what they observe, have changed. */
export function refreshPatches(): void {
  for (const copy of copies) copy.refresh();
}

/** The copies of client modules that were loaded, for the self-report. */
export function loadedCopies(): readonly { client: ClientName; moduleVersion: string | undefined; patched: boolean }[] {
  return copies.map(({ client, moduleVersion, telemetry }) => ({
    client,
    moduleVersion,
    patched: telemetry !== undefined,
  }));
}
