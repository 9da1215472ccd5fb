import type { ExportWrapper } from './export-replacements';
import type { ClientName } from './types';
import type { Telemetry } from './telemetry/telemetry';

/** One client library: which of its modules are patched, and how. */
export interface Adapter {
  readonly name: ClientName;
  readonly modules: readonly ModulePatch[];
  /** What applications import of the library besides its main modules, such as `lru-cache/min`: files that are among the modules. */
  readonly subpaths?: readonly string[];
}

/** One module (or one file of it) that an adapter patches when it is loaded. */
export interface ModulePatch {
  /** The package's name. */
  readonly module: string;
  /** Supported versions, as semver ranges. */
  readonly versions: readonly string[];
  /** A file inside the package, without extension, such as `built/Redis`; absent: the main module. */
  readonly file?: string;
  /** A package that the client library uses, with versions of its own: it says nothing of the library itself. */
  readonly isPart?: true;
  /** Replaces methods through {@link Host.wrap}. It must not throw when a method is missing. */
  readonly patch: (exports: unknown, host: Host) => void;
}

/** What an adapter may touch. One host per loaded copy of a module. */
export interface Host {
  readonly client: ClientName;
  /** The instrumentation that observes this client now; undefined: nobody does, so wrappers do nothing. */
  readonly telemetry: Telemetry | undefined;
  readonly moduleVersion: string | undefined;
  /**
   * Replaces `target[method]`. The replacement keeps the name and the length of the function, is never applied twice, and
   * is undone without the adapter's help. A missing method is reported once through the OpenTelemetry diagnostics.
   */
  wrap<T extends object, K extends keyof T & string>(
    target: T,
    method: K,
    wrapper: (original: T[K] & Function) => T[K],
  ): void;
  /**
   * Replaces a class or a function that the module exports: as `name`, as the default, or as the module itself. What stands in for it is
   * a proxy, which stays with those who have it: its traps look at {@link telemetry}. Undone as far as the module's
   * exports can be changed.
   */
  wrapExport(name: string, wrapper: ExportWrapper): void;
  /** Replaces an accessor's getter. Undone without the adapter's help. */
  wrapGetter(target: object, key: string, wrapper: (original: () => unknown) => () => unknown): void;
}
