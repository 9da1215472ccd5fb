import { diag } from '@opentelemetry/api';
import type { Adapter, Host, ModulePatch } from './adapter';
import { enabledTelemetries } from './current';
import { SCOPE_NAME } from './semconv';
import type { Telemetry } from './telemetry/telemetry';
import type { ClientName } from './types';
import { inRange } from './versions';

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
  original: unknown;
  replacement: unknown;
}

/** They hold other libraries' clients: which of their pools are observed is decided pool by pool. */
const POOL_LIBRARIES: readonly ClientName[] = ['generic-pool', 'tarn'];

/** Whether an instrumentation observes a client. */
export function observes(telemetry: Telemetry, client: ClientName): boolean {
  const { clients } = telemetry.settings;
  if (clients.includes(`-${client}`)) return false;
  if (POOL_LIBRARIES.includes(client)) return true;
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
    readonly early: boolean,
  ) {}

  /** Methods on which another wrapper lies above or below ours. */
  get wrappedByOthers(): readonly string[] {
    return this.wraps
      .filter(({ target, method, original, replacement }) => target[method] !== replacement || isShimmed(original))
      .map(({ method }) => method);
  }

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
    const wrap: Wrap = { target, method, wrapper: wrapper as Wrapper, before, original, replacement: undefined };
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

  private restore(): void {
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

function isOurs(candidate: unknown): boolean {
  for (let one = candidate; typeof one === 'function'; one = (one as { __original?: unknown }).__original) {
    if (WRAPPED in one) return true;
  }
  return false;
}

const copies: LoadedCopy[] = [];

/** Versions that were loaded and are left alone, by client. */
const unsupported = new Map<ClientName, Set<string>>();

/**
 * A module of a client library was loaded: each copy is patched once, however many instrumentations hear of it.
 * @param early it was loaded before this package
 */
export function moduleLoaded(
  { name, modules }: Adapter,
  patch: ModulePatch,
  exports: unknown,
  version: string | undefined,
  early: boolean,
): void {
  if (!isSupported(patch, version)) {
    // Another patch may be for this version.
    if (!modules.some((other) => isSupported(other, version))) noteUnsupported(name, version);
    return;
  }
  let copy = copies.find((one) => one.exports === exports && one.patch === patch);
  if (copy === undefined) copies.push((copy = new LoadedCopy(name, patch, exports, version, early)));
  copy.refresh();
}

function isSupported({ versions }: ModulePatch, version: string | undefined): boolean {
  return version !== undefined && versions.some((range) => inRange(version, range));
}

function noteUnsupported(client: ClientName, version = 'of unknown version'): void {
  const versions = unsupported.get(client) ?? new Set();
  if (!versions.has(version)) diag.info(`${SCOPE_NAME}: ${client} ${version} is not supported and left alone`);
  unsupported.set(client, versions.add(version));
}

/** The enabled instrumentations, or what they observe, have changed. */
export function refreshPatches(): void {
  for (const copy of copies) copy.refresh();
}

/** Whether the commands of a client are observed where it is called. */
export function isPatched(client: ClientName): boolean {
  return copies.some((copy) => copy.client === client && copy.telemetry !== undefined);
}

/** What became of a loaded version of a client library, for the self-report. */
export interface ClientReport {
  readonly client: ClientName;
  readonly version: string | undefined;
  /** `unsupported`: out of the supported range; `off`: supported, but no instrumentation observes it. */
  readonly state: 'patched' | 'off' | 'unsupported';
  /** Loaded before this package. */
  readonly early: boolean;
  /** Methods that somebody else has wrapped too. */
  readonly wrappedByOthers: readonly string[];
}

export function reportClients(): readonly ClientReport[] {
  const reports = new Map<string, ClientReport>();
  for (const { client, moduleVersion: version, telemetry, early, wrappedByOthers } of copies) {
    const id = `${client} ${version}`;
    const others = [...(reports.get(id)?.wrappedByOthers ?? []), ...wrappedByOthers];
    const state = telemetry === undefined ? 'off' : 'patched';
    reports.set(id, { client, version, state, early, wrappedByOthers: others });
  }
  for (const [client, versions] of unsupported) {
    for (const version of versions) {
      reports.set(`${client} ${version}`, { client, version, state: 'unsupported', early: false, wrappedByOthers: [] });
    }
  }
  return [...reports.values()];
}
