/** A callback as Node's libraries have them. */
export type Callback = (error: unknown, result?: unknown) => void;

/** What a client stores, and how it was asked to. */
export type Key = string | number | Buffer;

/** One connected client, told what to do in the words of its library. */
export interface Connection {
  get(key: Key): Promise<unknown>;
  set(key: Key, value: string | Buffer): Promise<unknown>;
  /** Does something to `key` that the server refuses, because of the value that `set` put there. */
  fail(key: Key): Promise<unknown>;
  /** Absent where the library has no callbacks. */
  readonly callbacks?: {
    get(key: Key, callback: Callback): void;
    fail(key: Key, callback: Callback): void;
  };
  close(): Promise<void> | void;
}

/** A replaced method: where it is, and its name. */
export type PatchedMethod = readonly [target: object, method: string];

/** One client library, as the contract tests see it. */
export interface Subject {
  /** The adapter's name. */
  readonly client: string;
  /** The package that is loaded, from the folder of the tests or from a copy. */
  readonly packageName: string;
  /** Starts a server; called once. */
  start(): Promise<{ stop(): Promise<void> }>;
  /** Connects a client of this copy of the library to the server, and waits until it is ready. */
  connect(library: unknown): Promise<Connection>;
  /** Every method that the adapter replaces in this copy of the library. */
  patched(require: NodeJS.Require): readonly PatchedMethod[];
  /** The method whose return value `get` hands to the application; absent where it hands on none. */
  sending?(require: NodeJS.Require): PatchedMethod;
  /** `db.operation.name` of each operation. */
  readonly names: { readonly get: string; readonly set: string; readonly fail: string };
  /** `error.type` of `fail`. */
  readonly errorType: string;
  readonly longestKey: number;
}
