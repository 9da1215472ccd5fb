/** What is read of memcached's own objects. */

export interface Memcached {
  /** As they were configured: `host:port` or `host`. */
  readonly servers: readonly string[];
  /** Put in front of every key. */
  readonly namespace: string;
  makeCallback(callback: Callback, ...results: unknown[]): unknown;
  command(compile: QueryCompiler, server?: string): void;
  /** Calls back with the keys of each server; with all servers where there are no keys. */
  multi(keys: readonly string[] | false, callback: Function): void;
  connect(server: string, callback: (error: unknown, socket?: Socket) => unknown): unknown;
  /** Takes the answers apart that a connection has received, and calls back whoever waits for them. */
  rawDataReceived(socket: Socket): unknown;
}

/** Called a second time, with an argument, for each further server that gets the same command without an answer. */
export type QueryCompiler = (noreply?: unknown) => Query;

export interface Query {
  /** The command's name as the server knows it. */
  readonly type: string;
  /** With its prefix (`namespace`); absent where the command goes to all servers. */
  readonly key?: string | readonly string[];
  /** It asks one server for its share of several keys. */
  readonly multi?: boolean;
  /** As it is sent. */
  readonly command: string;
  readonly value?: unknown;
  readonly lifetime?: unknown;
  readonly cas?: unknown;
  callback?: Callback;
}

export type Callback = (error: unknown, result?: unknown) => unknown;

export interface Socket {
  /** The server as it was configured. */
  readonly serverAddress: string;
  /** Queries that are to be answered, in their order. */
  readonly metaData: readonly Query[];
  /** The lines that were received and not taken apart yet. */
  readonly bufferArray: readonly string[];
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly errored?: Error | null;
  /** Whose connection it is. */
  readonly memcached?: Memcached;
  once(event: 'connect' | 'timeout' | 'close', listener: () => void): unknown;
  once(event: 'error', listener: (error: unknown) => void): unknown;
}
