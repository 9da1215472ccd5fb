/** A package of OpenTelemetry that we work together with where the application has it. */
export interface Peer {
  readonly module: string;
  /** As semver ranges; absent: all. */
  readonly versions?: readonly string[];
  /** A file inside the package, without extension; absent: the main module. */
  readonly file?: string;
  /**
   * From now on we do, until all peers are left.
   * @returns what the application is to get as the module's exports
   */
  readonly join: (exports: unknown) => unknown;
}
